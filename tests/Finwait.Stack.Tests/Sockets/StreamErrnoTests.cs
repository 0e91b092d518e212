using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Every call on a stream socket in every situation, against what a Linux 6.18 kernel answered.</summary>
public class StreamErrnoTests
{
    // A row: the situation, the call, its result; then what poll() says, SO_ERROR, and the results of recv() and of send().
    private const string Kernel = """
        fresh poll OUT|HUP OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh recv ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh send EPIPE OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh SO_ERROR 0 OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh shutRD ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        fresh shutWR ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh shutRW ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        fresh connect EINPROGRESS IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        fresh bind ok OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh listen ok - err=0 rd=ENOTCONN wr=EPIPE
        fresh accept EINVAL OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh peername ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        fresh sendto EPIPE OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound poll OUT|HUP OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound recv ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound send EPIPE OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound SO_ERROR 0 OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound shutRD ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bound shutWR ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound shutRW ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bound connect EINPROGRESS IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        bound bind EINVAL OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound listen ok - err=0 rd=ENOTCONN wr=EPIPE
        bound accept EINVAL OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound peername ENOTCONN OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        bound sendto EPIPE OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        listening poll - - err=0 rd=ENOTCONN wr=EPIPE
        listening recv ENOTCONN - err=0 rd=ENOTCONN wr=EPIPE
        listening send EPIPE - err=0 rd=ENOTCONN wr=EPIPE
        listening SO_ERROR 0 - err=0 rd=ENOTCONN wr=EPIPE
        listening shutRD ok OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        listening shutWR ok - err=0 rd=ENOTCONN wr=EPIPE
        listening shutRW ok OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        listening connect EISCONN - err=0 rd=ENOTCONN wr=EPIPE
        listening bind EINVAL - err=0 rd=ENOTCONN wr=EPIPE
        listening listen ok - err=0 rd=ENOTCONN wr=EPIPE
        listening accept EAGAIN - err=0 rd=ENOTCONN wr=EPIPE
        listening peername ENOTCONN - err=0 rd=ENOTCONN wr=EPIPE
        listening sendto EPIPE - err=0 rd=ENOTCONN wr=EPIPE
        connected poll OUT OUT err=0 rd=EAGAIN wr=1
        connected recv EAGAIN OUT err=0 rd=EAGAIN wr=1
        connected send 1 OUT err=0 rd=EAGAIN wr=1
        connected SO_ERROR 0 OUT err=0 rd=EAGAIN wr=1
        connected shutRD ok IN|OUT|RDHUP err=0 rd=b'' wr=1
        connected shutWR ok OUT err=0 rd=EAGAIN wr=EPIPE
        connected shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        connected connect EISCONN OUT err=0 rd=EAGAIN wr=1
        connected bind EINVAL OUT err=0 rd=EAGAIN wr=1
        connected listen EINVAL OUT err=0 rd=EAGAIN wr=1
        connected accept EINVAL OUT err=0 rd=EAGAIN wr=1
        connected peername peer OUT err=0 rd=EAGAIN wr=1
        connected sendto 1 OUT err=0 rd=EAGAIN wr=1
        peerfin poll IN|OUT|RDHUP IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin recv b'' IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin send 1 IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin SO_ERROR 0 IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin shutRD ok IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin shutWR ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        peerfin shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        peerfin connect EISCONN IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin bind EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin listen EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin accept EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin peername peer IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin sendto 1 IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin+data poll IN|OUT|RDHUP IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data recv b'data' IN|OUT|RDHUP err=0 rd=b'' wr=1
        peerfin+data send 1 IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data SO_ERROR 0 IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data shutRD ok IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data shutWR ok IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        peerfin+data shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        peerfin+data connect EISCONN IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data bind EINVAL IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data listen EINVAL IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data accept EINVAL IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data peername peer IN|OUT|RDHUP err=0 rd=b'data' wr=1
        peerfin+data sendto 1 IN|OUT|RDHUP err=0 rd=b'data' wr=1
        reset poll IN|OUT|ERR|HUP|RDHUP IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset recv ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        reset send ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        reset SO_ERROR ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        reset shutRD ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset shutWR ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset shutRW ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset connect EISCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset bind ok IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset listen EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset accept EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset peername ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        reset sendto ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        data+reset poll IN|OUT|ERR|HUP|RDHUP IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset recv b'data' IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'' wr=EPIPE
        data+reset send ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        data+reset SO_ERROR ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        data+reset shutRD ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset shutWR ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset shutRW ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset connect EISCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset bind ok IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset listen EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset accept EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset peername ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNRESET rd=b'data' wr=EPIPE
        data+reset sendto ECONNRESET IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        fin+reset poll IN|OUT|ERR|HUP|RDHUP IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset recv b'' IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset send EPIPE IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        fin+reset SO_ERROR EPIPE IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        fin+reset shutRD ENOTCONN IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset shutWR ENOTCONN IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset shutRW ENOTCONN IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset connect EISCONN IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset bind ok IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset listen EINVAL IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset accept EINVAL IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset peername ENOTCONN IN|OUT|ERR|HUP|RDHUP err=EPIPE rd=b'' wr=EPIPE
        fin+reset sendto EPIPE IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        refused poll IN|OUT|ERR|HUP|RDHUP IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused recv ECONNREFUSED IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        refused send ECONNREFUSED IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        refused SO_ERROR ECONNREFUSED IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        refused shutRD ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused shutWR ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused shutRW ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused connect ECONNREFUSED OUT|HUP err=0 rd=ENOTCONN wr=EPIPE
        refused bind ok IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused listen EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused accept EINVAL IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused peername ENOTCONN IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=b'' wr=EPIPE
        refused sendto ECONNREFUSED IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        synsent poll - - err=0 rd=EAGAIN wr=EAGAIN
        synsent recv EAGAIN - err=0 rd=EAGAIN wr=EAGAIN
        synsent send EAGAIN - err=0 rd=EAGAIN wr=EAGAIN
        synsent SO_ERROR 0 - err=0 rd=EAGAIN wr=EAGAIN
        synsent shutRD ok OUT|ERR|HUP err=ECONNRESET rd=ENOTCONN wr=EPIPE
        synsent shutWR ok OUT|ERR|HUP err=ECONNRESET rd=ENOTCONN wr=EPIPE
        synsent shutRW ok OUT|ERR|HUP err=ECONNRESET rd=ENOTCONN wr=EPIPE
        synsent connect EALREADY - err=0 rd=EAGAIN wr=EAGAIN
        synsent bind EINVAL - err=0 rd=EAGAIN wr=EAGAIN
        synsent listen EINVAL - err=0 rd=EAGAIN wr=EAGAIN
        synsent accept EINVAL - err=0 rd=EAGAIN wr=EAGAIN
        synsent peername ENOTCONN - err=0 rd=EAGAIN wr=EAGAIN
        synsent sendto EAGAIN - err=0 rd=EAGAIN wr=EAGAIN
        shutWRed poll OUT OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed recv EAGAIN OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed send EPIPE OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed SO_ERROR 0 OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed shutRD ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        shutWRed shutWR ok OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        shutWRed connect EISCONN OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed bind EINVAL OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed listen EINVAL OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed accept EINVAL OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed peername peer OUT err=0 rd=EAGAIN wr=EPIPE
        shutWRed sendto EPIPE OUT err=0 rd=EAGAIN wr=EPIPE
        shutRDed poll IN|OUT|RDHUP IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed recv b'' IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed send 1 IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed SO_ERROR 0 IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed shutRD ok IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed shutWR ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        shutRDed shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        shutRDed connect EISCONN IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed bind EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed listen EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed accept EINVAL IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed peername peer IN|OUT|RDHUP err=0 rd=b'' wr=1
        shutRDed sendto 1 IN|OUT|RDHUP err=0 rd=b'' wr=1
        bothfin poll IN|OUT|HUP|RDHUP IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin recv b'' IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin send EPIPE IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin SO_ERROR 0 IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin shutRD ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin shutWR ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin shutRW ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin connect EISCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin bind ok IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin listen EINVAL IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin accept EINVAL IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin peername ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        bothfin sendto EPIPE IN|OUT|HUP|RDHUP err=0 rd=b'' wr=EPIPE
        """;

    private static readonly IpAddress Localhost = IpAddress.FromV4(127, 0, 0, 1);

    public static TheoryData<string> Situations => [.. Kernel.Split('\n').Select(line => line.Trim().Split(' ')[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Situations))]
    public void EveryCall_InThisSituation_AnswersAsLinux(string situation)
    {
        List<string> expected = [.. Kernel.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(situation + " ", StringComparison.Ordinal))];
        Assert.Equal(13, expected.Count);
        List<string> actual = [.. expected.Select(line => Replay(situation, line.Split(' ')[1]))];
        Assert.Equal(expected, actual);
    }

    private static string Replay(string situation, string call)
    {
        TwoHosts hosts = new() { Loses = (_, _) => true }; // the other host is silent: only the loopback answers
        Host host = hosts.A;
        int socket = Arrange(hosts, situation);
        List<string> row = [situation, call, Call(hosts, socket, call)];
        hosts.Run(0.005);
        row.Add(Ready(host, socket));
        row.Add("err=" + Error(host, socket));
        row.Add("rd=" + Bytes(host.Recv(hosts.Now, socket, 10)));
        row.Add("wr=" + host.Send(hosts.Now, socket, "y"));
        return string.Join(' ', row);
    }

    private static int Arrange(TwoHosts hosts, string situation)
    {
        SocketLayer sockets = hosts.A.Sockets;
        int socket, peer;
        switch (situation)
        {
            case "fresh":
                return hosts.A.Stream();
            case "bound":
                socket = hosts.A.Stream();
                sockets.Bind(socket, new(Localhost, 0));
                return socket;
            case "listening":
                return hosts.A.Listener(0, 5, Localhost);
            case "refused":
                socket = hosts.A.Stream();
                sockets.Connect(hosts.Now, socket, new(Localhost, 9));
                hosts.Run(0.005);
                return socket;
            case "synsent":
                socket = hosts.A.Stream();
                sockets.Connect(hosts.Now, socket, new(IpAddress.FromV4(10, 0, 0, 77), 9));
                hosts.Run(0.005);
                return socket;
        }

        (socket, peer) = LocalPair(hosts);
        switch (situation)
        {
            case "peerfin":
                sockets.Shutdown(hosts.Now, peer, ShutdownHow.Send);
                break;
            case "peerfin+data":
                hosts.A.Send(hosts.Now, peer, "data");
                sockets.Shutdown(hosts.Now, peer, ShutdownHow.Send);
                break;
            case "reset":
                Reset(hosts, peer);
                break;
            case "data+reset":
                hosts.A.Send(hosts.Now, peer, "data");
                hosts.Run(0.005);
                Reset(hosts, peer);
                break;
            case "fin+reset":
                sockets.Shutdown(hosts.Now, peer, ShutdownHow.Send);
                hosts.Run(0.005);
                hosts.A.Send(hosts.Now, socket, "zz");
                hosts.Run(0.005);
                Reset(hosts, peer);
                break;
            case "shutWRed":
                sockets.Shutdown(hosts.Now, socket, ShutdownHow.Send);
                break;
            case "shutRDed":
                sockets.Shutdown(hosts.Now, socket, ShutdownHow.Receive);
                break;
            case "bothfin":
                sockets.Shutdown(hosts.Now, socket, ShutdownHow.Send);
                hosts.Run(0.002);
                sockets.Close(hosts.Now, peer);
                break;
            default:
                Assert.Equal("connected", situation);
                break;
        }

        hosts.Run(0.005);
        return socket;
    }

    private static (int Client, int Server) LocalPair(TwoHosts hosts)
    {
        SocketLayer sockets = hosts.A.Sockets;
        int listener = hosts.A.Listener(0, 5, Localhost);
        sockets.GetLocal(listener, out SocketAddress address);
        int client = hosts.A.Stream();
        sockets.Connect(hosts.Now, client, address);
        hosts.Exchange();
        Assert.Equal(Errno.None, sockets.Connect(hosts.Now, client, address));
        Assert.Equal(Errno.None, sockets.Accept(listener, out int server, out _));
        sockets.Close(hosts.Now, listener);
        return (client, server);
    }

    private static void Reset(TwoHosts hosts, int socket)
    {
        hosts.A.Sockets.SetOption(hosts.Now, socket, SocketOption.Linger, 0);
        hosts.A.Sockets.Close(hosts.Now, socket);
    }

    internal static string Call(TwoHosts hosts, int socket, string call)
    {
        SocketLayer sockets = hosts.A.Sockets;
        Instant now = hosts.Now;
        switch (call)
        {
            case "poll":
                return Ready(hosts.A, socket);
            case "recv":
                return Bytes(hosts.A.Recv(now, socket, 10));
            case "send":
                return hosts.A.Send(now, socket, "x");
            case "SO_ERROR":
                return Error(hosts.A, socket);
            case "shutRD":
                return Name(sockets.Shutdown(now, socket, ShutdownHow.Receive));
            case "shutWR":
                return Name(sockets.Shutdown(now, socket, ShutdownHow.Send));
            case "shutRW":
                return Name(sockets.Shutdown(now, socket, ShutdownHow.Both));
            case "connect":
                return Name(sockets.Connect(now, socket, new(Localhost, 9)));
            case "bind":
                return Name(sockets.Bind(socket, new(Localhost, 0)));
            case "listen":
                return Name(sockets.Listen(socket, 1));
            case "accept":
                return Name(sockets.Accept(socket, out _, out _));
            case "peername":
                Errno error = sockets.GetPeer(socket, out _);
                return error == Errno.None ? "peer" : Name(error);
            default:
                Assert.Equal("sendto", call);
                Errno to = sockets.SendTo(now, socket, [(byte)'x'], SendFlags.None, new(Localhost, 9), out int sent);
                return to == Errno.None ? sent.ToString(System.Globalization.CultureInfo.InvariantCulture) : Name(to);
        }
    }

    private static string Name(Errno error) => error == Errno.None ? "ok" : error.ToString();

    internal static string Bytes(string received) => received[0] == '\'' ? "b" + received : received;

    internal static string Error(Host host, int socket)
    {
        Assert.Equal(Errno.None, host.Sockets.GetOption(socket, SocketOption.Error, out int value));
        return value == 0 ? "0" : ((Errno)value).ToString();
    }

    internal static string Ready(Host host, int socket)
    {
        SocketReadiness ready = host.Sockets.Poll(socket);
        (string, SocketReadiness)[] names =
        [
            ("IN", SocketReadiness.Readable), ("PRI", SocketReadiness.Urgent), ("OUT", SocketReadiness.Writable),
            ("ERR", SocketReadiness.Error), ("HUP", SocketReadiness.HangUp), ("RDHUP", SocketReadiness.PeerClosed),
        ];
        string text = string.Join('|', names.Where(n => (ready & n.Item2) != 0).Select(n => n.Item1));
        return text.Length == 0 ? "-" : text;
    }
}
