#include "wire/messages_core.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::ApiVersionsRequest)
BRAID_WIRE_MESSAGE(braid::wire::ApiVersionsResponse)
BRAID_WIRE_MESSAGE(braid::wire::MetadataRequest)
BRAID_WIRE_MESSAGE(braid::wire::MetadataResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeClusterRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeClusterResponse)
BRAID_WIRE_MESSAGE(braid::wire::FindCoordinatorRequest)
BRAID_WIRE_MESSAGE(braid::wire::FindCoordinatorResponse)
