#include "wire/messages_consumer.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::ConsumerGroupHeartbeatRequest)
BRAID_WIRE_MESSAGE(braid::wire::ConsumerGroupHeartbeatResponse)
BRAID_WIRE_MESSAGE(braid::wire::ConsumerGroupDescribeRequest)
BRAID_WIRE_MESSAGE(braid::wire::ConsumerGroupDescribeResponse)
