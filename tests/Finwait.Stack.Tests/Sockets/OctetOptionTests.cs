using System.Text;
using Finwait.Tcp;

namespace Finwait.Stack.Tests;

/// <summary>Socket options whose value is no number, and what those of one socket do to its connection.</summary>
public class OctetOptionTests
{
    private static string Congestion(TcpRig rig, int socket)
    {
        byte[] name = new byte[16];
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.TcpCongestion, name, out int length));
        Assert.Equal(16, length);
        return Encoding.ASCII.GetString(name).TrimEnd('\0');
    }

    private static Errno SetCongestion(TcpRig rig, int socket, string name) => rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpCongestion, Encoding.ASCII.GetBytes(name));

    // MAY-18: the controller of a listener is that of its connections, and each may take another one at any time.
    [Theory, OnEveryWire]
    public void Congestion_OfOneSocket_LeavesTheOthersAlone(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Host.Listener(80, 5, rig.Local);
        Assert.Equal("cubic", Congestion(rig, listener));
        Assert.Equal(Errno.None, SetCongestion(rig, listener, "reno\0trailing"));
        Assert.Equal((Errno.ENOENT, Errno.EINVAL), (SetCongestion(rig, listener, "vegas"), SetCongestion(rig, listener, "")));
        rig.HandshakeFromPeer(1000);
        rig.RemotePort++;
        rig.HandshakeFromPeer(1000);
        rig.Sockets.Accept(listener, out int first, out _);
        rig.Sockets.Accept(listener, out int second, out _);
        Assert.Equal(Errno.None, SetCongestion(rig, second, "bbr"));
        Assert.Equal(("reno", "reno", "bbr"), (Congestion(rig, listener), Congestion(rig, first), Congestion(rig, second)));
        rig.Sockets.GetInfo(rig.Now, second, out TcpInfo info);
        Assert.Equal("bbr", info.CongestionControl);
    }

    // X-PACE-1: with a bound for the rate of departures the second segment of a window waits its time.
    [Theory, OnEveryWire]
    public void MaxPacingRate_OfOneSocket_SpreadsItsSegments(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Host.Listener(80, 5, rig.Local);
        uint iss = rig.HandshakeFromPeer(1000);
        rig.Sockets.Accept(listener, out int socket, out _);
        byte[] rate = BitConverter.GetBytes(100_000L);
        Assert.Equal(Errno.EINVAL, rig.Sockets.SetOption(rig.Now, socket, SocketOption.MaxPacingRate, rate.AsSpan(0, 4)));
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, socket, SocketOption.MaxPacingRate, rate));
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.MaxPacingRate, out int shown));
        Assert.Equal(100_000, shown);
        rig.Sockets.Send(rig.Now, socket, new byte[10 * rig.Mss], SendFlags.None, out _);
        Assert.Equal(10, rig.Take().Count);             // the first ten are not held back, as on Linux
        rig.Run(0.1);
        rig.Take();                                     // a tail loss probe
        rig.Say(Finwait.Wire.TcpFlags.Ack, 1001, unchecked(iss + 1 + (10 * (uint)rig.Mss)));
        rig.Sockets.Send(rig.Now, socket, new byte[14_600], SendFlags.None, out _);
        List<SeenSegment> seen = [.. rig.Take()];
        int atOnce = seen.Sum(s => s.Text.Length);
        rig.Run(0.05);
        seen.AddRange(rig.Take());
        int soon = seen.DistinctBy(s => s.Seq).Sum(s => s.Text.Length) - atOnce;
        rig.Run(0.15);
        seen.AddRange(rig.Take());
        Assert.InRange(atOnce, 1, 4 * 1460);
        Assert.InRange(soon, 2 * 1440, 6 * 1460);       // 5,000 octets in 50 ms
        Assert.Equal(14_600, seen.DistinctBy(s => s.Seq).Sum(s => s.Text.Length));
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, socket, SocketOption.MaxPacingRate, -1));
        byte[] unbound = new byte[8];
        rig.Sockets.GetOption(socket, SocketOption.MaxPacingRate, unbound, out _);
        Assert.All(unbound, octet => Assert.Equal(0xFF, octet));
    }

    // MAY-15: records of MSG_EOR never share a segment, and each is pushed.
    [Theory]
    [OnEveryWire]
    public void EndOfRecord_ManyQueued_EachHasASegmentOfItsOwn(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Host.Listener(80, 5, rig.Local);
        uint iss = rig.HandshakeFromPeer(1000);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpNoDelay, 1);
        foreach (string record in (string[])["one", "two", "three"])
        {
            rig.Sockets.Send(rig.Now, socket, Encoding.ASCII.GetBytes(record), SendFlags.EndOfRecord, out _);
        }

        rig.Sockets.Send(rig.Now, socket, "rest"u8, SendFlags.None, out _);
        rig.Sockets.Shutdown(rig.Now, socket, ShutdownHow.Send);
        Assert.Equal("[P.] seq 1 ack 1001 'one'; [P.] seq 4 ack 1001 'two'; [P.] seq 7 ack 1001 'three'; [FP.] seq 12 ack 1001 'rest'", rig.TakeText(iss));
    }

    // Of another kind of socket, or as numbers where they are none, these options do not exist.
    [Fact]
    public void OctetOptions_WhereTheyAreNone_GiveLinuxErrors()
    {
        TcpRig rig = new();
        int stream = rig.Sockets.Create(AddressFamily.Inet, SocketType.Stream), datagram = rig.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        Assert.Equal(Errno.ENOPROTOOPT, rig.Sockets.SetOption(rig.Now, datagram, SocketOption.TcpCongestion, "reno"u8));
        Assert.Equal(Errno.ENOPROTOOPT, rig.Sockets.SetOption(rig.Now, stream, SocketOption.TcpNoDelay, "1234"u8));
        Assert.Equal(Errno.EBADF, rig.Sockets.SetOption(rig.Now, 99, SocketOption.TcpCongestion, "reno"u8));
        Assert.Equal(Errno.EBADF, rig.Sockets.GetOption(99, SocketOption.TcpCongestion, new byte[16], out _));
    }

    // TCP_SAVE_SYN: the accepted socket gives the IP and TCP headers of its SYN, options included and text left out, once and only whole, as Linux 6.18 does.
    [Theory]
    [InlineData(false, 1, 40 + 4)]
    [InlineData(false, 2, 40 + 4)]
    [InlineData(true, 1, 60 + 4)]
    [InlineData(false, 0, 0)]
    public void SavedSyn_OfAnAcceptedConnection_IsGivenOnce(bool v6, int mode, int expected)
    {
        TcpRig rig = new(v6: v6);
        int listener = rig.Host.Listener(80, 5, rig.Local);
        Assert.Equal((Errno.EINVAL, Errno.EINVAL), (rig.Sockets.SetOption(rig.Now, listener, SocketOption.TcpSaveSyn, 3), rig.Sockets.SetOption(rig.Now, listener, SocketOption.TcpSaveSyn, -1)));
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, listener, SocketOption.TcpSaveSyn, mode));
        byte[] syn = rig.Packet(Finwait.Wire.TcpFlags.Syn, 999, text: "early", options: new() { Present = Finwait.Wire.TcpOptionPresence.Mss, Mss = 1400 });
        rig.Host.Receive(rig.Now, rig.Link, syn);
        SeenSegment answer = rig.TakeOne();
        rig.Say(Finwait.Wire.TcpFlags.Ack, 1000, answer.Seq + 1);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.TcpSaveSyn, out int inherited));
        Assert.Equal(mode, inherited);

        byte[] room = new byte[200];
        Assert.Equal(expected > 0 ? Errno.EINVAL : Errno.None, rig.Sockets.GetOption(socket, SocketOption.TcpSavedSyn, room.AsSpan(0, Math.Max(expected - 1, 0)), out int length));
        Assert.Equal(expected, length);
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.TcpSavedSyn, room, out length));
        Assert.Equal(syn.AsSpan(0, expected), room.AsSpan(0, length));
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.TcpSavedSyn, room, out length));
        Assert.Equal(0, length);
        Assert.Equal(Errno.None, rig.Sockets.GetOption(listener, SocketOption.TcpSavedSyn, room, out length));
        Assert.Equal(0, length);
    }
}
