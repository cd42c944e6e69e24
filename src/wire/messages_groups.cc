#include "wire/messages_groups.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::JoinGroupRequest)
BRAID_WIRE_MESSAGE(braid::wire::JoinGroupResponse)
BRAID_WIRE_MESSAGE(braid::wire::SyncGroupRequest)
BRAID_WIRE_MESSAGE(braid::wire::SyncGroupResponse)
BRAID_WIRE_MESSAGE(braid::wire::HeartbeatRequest)
BRAID_WIRE_MESSAGE(braid::wire::HeartbeatResponse)
BRAID_WIRE_MESSAGE(braid::wire::LeaveGroupRequest)
BRAID_WIRE_MESSAGE(braid::wire::LeaveGroupResponse)
BRAID_WIRE_MESSAGE(braid::wire::OffsetCommitRequest)
BRAID_WIRE_MESSAGE(braid::wire::OffsetCommitResponse)
BRAID_WIRE_MESSAGE(braid::wire::OffsetFetchRequest)
BRAID_WIRE_MESSAGE(braid::wire::OffsetFetchResponse)
BRAID_WIRE_MESSAGE(braid::wire::OffsetDeleteRequest)
BRAID_WIRE_MESSAGE(braid::wire::OffsetDeleteResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeGroupsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeGroupsResponse)
BRAID_WIRE_MESSAGE(braid::wire::ListGroupsRequest)
BRAID_WIRE_MESSAGE(braid::wire::ListGroupsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DeleteGroupsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DeleteGroupsResponse)
