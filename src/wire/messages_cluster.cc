#include "wire/messages_cluster.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::AlterReplicaLogDirsRequest)
BRAID_WIRE_MESSAGE(braid::wire::AlterReplicaLogDirsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeLogDirsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeLogDirsResponse)
BRAID_WIRE_MESSAGE(braid::wire::ElectLeadersRequest)
BRAID_WIRE_MESSAGE(braid::wire::ElectLeadersResponse)
BRAID_WIRE_MESSAGE(braid::wire::AlterPartitionReassignmentsRequest)
BRAID_WIRE_MESSAGE(braid::wire::AlterPartitionReassignmentsResponse)
BRAID_WIRE_MESSAGE(braid::wire::ListPartitionReassignmentsRequest)
BRAID_WIRE_MESSAGE(braid::wire::ListPartitionReassignmentsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeClientQuotasRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeClientQuotasResponse)
BRAID_WIRE_MESSAGE(braid::wire::ListConfigResourcesRequest)
BRAID_WIRE_MESSAGE(braid::wire::ListConfigResourcesResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeTopicPartitionsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeTopicPartitionsResponse)
BRAID_WIRE_MESSAGE(braid::wire::UpdateFeaturesRequest)
BRAID_WIRE_MESSAGE(braid::wire::UpdateFeaturesResponse)
