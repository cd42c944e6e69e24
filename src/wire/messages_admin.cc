#include "wire/messages_admin.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::CreateTopicsRequest)
BRAID_WIRE_MESSAGE(braid::wire::CreateTopicsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DeleteTopicsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DeleteTopicsResponse)
BRAID_WIRE_MESSAGE(braid::wire::CreatePartitionsRequest)
BRAID_WIRE_MESSAGE(braid::wire::CreatePartitionsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DeleteRecordsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DeleteRecordsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeConfigsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeConfigsResponse)
BRAID_WIRE_MESSAGE(braid::wire::AlterConfigsRequest)
BRAID_WIRE_MESSAGE(braid::wire::AlterConfigsResponse)
BRAID_WIRE_MESSAGE(braid::wire::IncrementalAlterConfigsRequest)
BRAID_WIRE_MESSAGE(braid::wire::IncrementalAlterConfigsResponse)
