#include "wire/messages_security.h"

#include "wire/codec_impl.h"

BRAID_WIRE_MESSAGE(braid::wire::SaslHandshakeRequest)
BRAID_WIRE_MESSAGE(braid::wire::SaslHandshakeResponse)
BRAID_WIRE_MESSAGE(braid::wire::SaslAuthenticateRequest)
BRAID_WIRE_MESSAGE(braid::wire::SaslAuthenticateResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeAclsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeAclsResponse)
BRAID_WIRE_MESSAGE(braid::wire::CreateAclsRequest)
BRAID_WIRE_MESSAGE(braid::wire::CreateAclsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DeleteAclsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DeleteAclsResponse)
BRAID_WIRE_MESSAGE(braid::wire::DescribeUserScramCredentialsRequest)
BRAID_WIRE_MESSAGE(braid::wire::DescribeUserScramCredentialsResponse)
BRAID_WIRE_MESSAGE(braid::wire::AlterUserScramCredentialsRequest)
BRAID_WIRE_MESSAGE(braid::wire::AlterUserScramCredentialsResponse)
