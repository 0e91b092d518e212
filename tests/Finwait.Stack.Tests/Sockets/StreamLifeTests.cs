using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>A connection from socket() to the end of TIME-WAIT, between two hosts and on one.</summary>
public class StreamLifeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connection_OpenedUsedClosed_EndsInTimeWaitOnTheSideThatClosedFirst(bool v6)
    {
        TwoHosts hosts = new();
        IpAddress server = v6 ? TwoHosts.AddressB6 : TwoHosts.AddressB;
        int listener = hosts.B.Listener(4000, address: server);
        int a = hosts.A.Stream(v6 ? AddressFamily.Inet6 : AddressFamily.Inet);
        Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, a, new(server, 4000)));
        Assert.Equal("SynSent:0:1", hosts.A.States(hosts.Now));
        hosts.Exchange();
        Assert.Equal("Established:0:0", hosts.A.States(hosts.Now));
        Assert.Equal("Listen:1:5 Established:0:0", hosts.B.States(hosts.Now));
        Assert.Equal(SocketReadiness.Writable, hosts.A.Sockets.Poll(a));
        Assert.Equal(Errno.None, hosts.A.Sockets.Connect(hosts.Now, a, new(server, 4000)));

        Assert.Equal(Errno.None, hosts.B.Sockets.Accept(listener, out int b, out SocketAddress peer));
        Assert.Equal(Errno.None, hosts.A.Sockets.GetLocal(a, out SocketAddress local));
        Assert.Equal(local, peer);
        Assert.Equal("21", hosts.A.Send(hosts.Now, a, "Shall I compare thee?"));
        Assert.Equal("Established:0:21", hosts.A.States(hosts.Now));
        hosts.Exchange();
        Assert.Equal("Listen:0:5 Established:21:0", hosts.B.States(hosts.Now));
        Assert.Equal("'Shall'", hosts.B.Recv(hosts.Now, b, 5));
        Assert.Equal("' I compare thee?'", hosts.B.Recv(hosts.Now, b));
        Assert.Equal("EAGAIN", hosts.B.Recv(hosts.Now, b));

        hosts.A.Sockets.Close(hosts.Now, a);
        hosts.Run(0.1);
        Assert.Equal("FinWait2:0:0", hosts.A.States(hosts.Now));
        Assert.Equal("Listen:0:5 CloseWait:1:0", hosts.B.States(hosts.Now));
        Assert.Equal("''", hosts.B.Recv(hosts.Now, b));
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.Run(0.1);
        Assert.Equal("TimeWait:0:0", hosts.A.States(hosts.Now));
        Assert.Equal("Listen:0:5", hosts.B.States(hosts.Now));
        hosts.Run(59.5);
        Assert.Equal("TimeWait:0:0", hosts.A.States(hosts.Now));
        hosts.Run(0.5);
        Assert.Equal("", hosts.A.States(hosts.Now));
        Assert.Equal(0, hosts.A.Sockets.Tcp.ConnectionCount + hosts.B.Sockets.Tcp.ConnectionCount);
        Assert.False(hosts.A.Sockets.Tcp.Ports.IsHeld(local.Port));
    }

    [Fact]
    public void Connection_OnTheLoopback_TalksToItsOwnHost()
    {
        TwoHosts hosts = new();
        int listener = hosts.A.Listener(7456, address: IpAddress.FromV4(127, 0, 0, 1));
        int client = hosts.A.Stream();
        Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, client, new(IpAddress.FromV4(127, 0, 0, 1), 7456)));
        hosts.Exchange();
        Assert.Equal(Errno.None, hosts.A.Sockets.Accept(listener, out int server, out SocketAddress peer));
        Assert.Equal(IpAddress.FromV4(127, 0, 0, 1), peer.Address);
        hosts.A.Sockets.Send(hosts.Now, client, new byte[100_000], SendFlags.None, out int sent);
        Assert.True(sent > 16_000);
        byte[] buffer = new byte[200_000];
        int received = 0;
        for (int round = 0; round < 10 && received < sent; round++)
        {
            hosts.Run(0.01);
            Assert.Equal(Errno.None, hosts.A.Sockets.Receive(hosts.Now, server, buffer, ReceiveFlags.None, out int n));
            received += n;
        }

        Assert.Equal(sent, received);
        Assert.Equal(0, hosts.Crossed);
    }

    [Fact]
    public void Bulk_BothWays_ArrivesWhole()
    {
        TwoHosts hosts = new();
        (int a, int b) = hosts.Pair();
        byte[] data = new byte[300_000];
        new Random(1).NextBytes(data);
        MemoryStream atA = new(), atB = new();
        int sentA = 0, sentB = 0;
        byte[] buffer = new byte[65_536];
        for (int round = 0; round < 1000 && (atA.Length < data.Length || atB.Length < data.Length); round++)
        {
            hosts.A.Sockets.Send(hosts.Now, a, data.AsSpan(sentA), SendFlags.None, out int n);
            sentA += n;
            hosts.B.Sockets.Send(hosts.Now, b, data.AsSpan(sentB), SendFlags.None, out n);
            sentB += n;
            hosts.Run(0.001);
            hosts.A.Sockets.Receive(hosts.Now, a, buffer, ReceiveFlags.None, out n);
            atA.Write(buffer, 0, n);
            hosts.B.Sockets.Receive(hosts.Now, b, buffer, ReceiveFlags.None, out n);
            atB.Write(buffer, 0, n);
        }

        Assert.Equal(data, atA.ToArray());
        Assert.Equal(data, atB.ToArray());
    }
}
