/** Returns the answer of DescribeStacks for `parley-dev` in this state. */
export const describedStack = (status: string, more = "") => `
  <DescribeStacksResponse><DescribeStacksResult><Stacks><member>
    <StackName>parley-dev</StackName><StackStatus>${status}</StackStatus>${more}
    <Outputs><member><OutputKey>WebSocketUrl</OutputKey><OutputValue>wss://dev</OutputValue></member></Outputs>
  </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
