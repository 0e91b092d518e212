using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>How classic ECN and AccECN are agreed upon (RFC 3168 §6.1.1, RFC 9768 §3.1).</summary>
public sealed class EcnHandshakeTests
{
    private static TcpSettings Ecn(int mode) => new() { Ecn = mode, EcnOption = 0 };

    private static ScriptedPeer Client(string wire, int mode, string answer, string mark = "")
    {
        ScriptedPeer peer = new(wire, Ecn(mode));
        peer.Open();
        peer.In($"[S.{answer}] 0 ack 1 <mss 1000>{mark}");
        return peer;
    }

    private static (ScriptedPeer Peer, string Answer) Server(string wire, int mode, string request, string mark = "")
    {
        ScriptedPeer peer = new(wire, Ecn(mode));
        peer.Listen();
        string answer = peer.In($"[S{request}] 0 <mss 1000>{mark}");
        return (peer, answer);
    }

    private static string Flags(string segment) => string.Concat(segment[(segment.IndexOf('[', StringComparison.Ordinal) + 1)..segment.IndexOf(']', StringComparison.Ordinal)].Where(c => "EWA".Contains(c, StringComparison.Ordinal)));

    /// <summary>What is sent next is ECN-capable; classic by its ECE and CWR bits being free, accurate by ACE 5.</summary>
    private static string ModeOf(ScriptedPeer peer)
    {
        string text = peer.Send(1000);
        string flags = Flags(text);
        return (text.EndsWith(" ect0", StringComparison.Ordinal), flags, peer.Tcp.GetInfo(peer.Now).HasEcn) switch
        {
            (true, "", true) => "classic",
            (true, "EA", true) => "accurate",
            (true, "WA", true) => "accurate, one mark",
            (false, "EA", true) => "accurate, not capable",
            (false, "", false) => "off",
            var other => other.ToString(),
        };
    }

    // X-3168-1, X-9768-1: what a SYN asks for by net.ipv4.tcp_ecn; no SYN is itself capable.
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "EW")]
    [InlineData(2, "")]
    [InlineData(3, "EWA")]
    [InlineData(4, "EW")]
    [InlineData(5, "")]
    public void Syn_AsksAsTheSettingSays(int mode, string flags)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = new(wire, Ecn(mode));
            Assert.Equal($"[S{flags}] 0", peer.Open());
            Assert.Equal(flags.Length > 0, peer.Tcp.GetInfo(peer.Now).HasEcn);
        }
    }

    // X-3168-1, X-9768-1: the client's side of the table: what a SYN-ACK means for who asked.
    [Theory]
    [InlineData(1, "E", "classic")]
    [InlineData(1, "", "off")]
    [InlineData(1, "EW", "off")]
    [InlineData(1, "W", "off")]
    [InlineData(2, "E", "off")]
    [InlineData(4, "E", "classic")]
    [InlineData(3, "E", "classic")]
    [InlineData(3, "", "off")]
    [InlineData(3, "EWA", "off")]
    [InlineData(3, "W", "accurate")]
    [InlineData(3, "EA", "accurate")]
    [InlineData(3, "EW", "accurate, not capable")]
    [InlineData(3, "A", "accurate, not capable")]
    [InlineData(3, "WA", "accurate, not capable")]
    public void SynAck_DecidesTheModeOfTheClient(int mode, string flags, string expected)
    {
        foreach (string wire in WireCase.Names)
        {
            Assert.Equal(expected, ModeOf(Client(wire, mode, flags)));
        }
    }

    // X-3168-1, X-9768-1: the server's side: what it answers, from the request and the mark that came with it; combinations of a later time count as AccECN.
    [Theory]
    [InlineData(0, "EW", "", "")]
    [InlineData(0, "EWA", "", "")]
    [InlineData(1, "EW", "", "E")]
    [InlineData(2, "EW", "", "E")]
    [InlineData(2, "E", "", "")]
    [InlineData(2, "W", "", "")]
    [InlineData(2, "", "", "")]
    [InlineData(2, "EWA", "", "E")]
    [InlineData(2, "EW", " ect0", "")]
    [InlineData(2, "EW", " ce", "")]
    [InlineData(3, "EW", "", "E")]
    [InlineData(3, "", "", "")]
    [InlineData(3, "EWA", "", "W")]
    [InlineData(3, "EWA", " ect1", "EW")]
    [InlineData(3, "EWA", " ect0", "A")]
    [InlineData(3, "EWA", " ce", "WA")]
    [InlineData(4, "EWA", "", "W")]
    [InlineData(5, "EWA", "", "W")]
    [InlineData(3, "A", "", "W")]
    [InlineData(3, "EA", "", "W")]
    [InlineData(3, "E", "", "W")]
    public void Syn_IsAnsweredByTheSetting(int mode, string request, string mark, string answer)
    {
        foreach (string wire in WireCase.Names)
        {
            Assert.Equal($"[S.{answer}] 0 ack 1", Server(wire, mode, request, mark).Answer);
        }
    }

    // X-3168-2, X-9768-6: a SYN without answer goes again without ECN: at once if classic, after one more try if accurate; with the same number.
    [Theory]
    [InlineData(1, true, "[SEW] 0|[S] 0|[S] 0")]
    [InlineData(3, true, "[SEWA] 0|[SEWA] 0|[S] 0")]
    [InlineData(1, false, "[SEW] 0|[SEW] 0|[SEW] 0")]
    public void Syn_Unanswered_FallsBack(int mode, bool fallback, string expected)
    {
        foreach (string wire in WireCase.Names)
        {
            TcpSettings settings = Ecn(mode);
            settings.EcnFallback = fallback;
            ScriptedPeer peer = new(wire, settings);
            string first = peer.Open();
            string[] rest = [.. peer.Run(2.5).Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
            Assert.Equal(expected, string.Join('|', [first, .. rest]));
        }
    }

    // X-9768-3: the client's pure acknowledgment tells what came with the SYN-ACK, and only that one; a mark there counts.
    [Theory]
    [InlineData("", "W", "EA")]
    [InlineData(" ect1", "EW", "EA")]
    [InlineData(" ect0", "A", "EA")]
    [InlineData(" ce", "WA", "WA")]
    public void ClientsAcknowledgment_CarriesTheHandshakeEncoding(string mark, string first, string later)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = new(wire, Ecn(3));
            peer.Open();
            Assert.Equal(first, Flags(peer.In($"[S.W] 0 ack 1 <mss 1000>{mark}")));
            Assert.Equal(later, Flags(peer.Send(100)));
        }
    }

    // X-9768-3: what the server learns from it: cleared bits or a changed field end its sending of ECN-capable text, not its counting.
    [Theory]
    [InlineData("W", "accurate")]
    [InlineData("EA", "accurate")]
    [InlineData("", "accurate, not capable")]
    [InlineData("EW", "accurate, not capable")]
    [InlineData("A", "accurate, not capable")]
    [InlineData("WA", "accurate, not capable")]
    public void HandshakeAcknowledgment_ShowsMangling(string flags, string expected)
    {
        foreach (string wire in WireCase.Names)
        {
            (ScriptedPeer peer, string _) = Server(wire, 3, "EWA");
            peer.In($"[.{flags}] 1 ack 1");
            Assert.Equal(TcpState.Established, peer.State);
            Assert.Equal(expected, ModeOf(peer));
        }
    }

    // X-9768-1: both ends of this house agree in each combination of settings, and each sends what the other understands.
    [Theory]
    [OnEveryWire(3, 3, "accurate")]
    [OnEveryWire(3, 5, "accurate")]
    [OnEveryWire(3, 2, "classic")]
    [OnEveryWire(3, 0, "off")]
    [OnEveryWire(1, 3, "classic")]
    [OnEveryWire(4, 4, "classic")]
    [OnEveryWire(2, 3, "off")]
    [OnEveryWire(5, 3, "off")]
    public void TwoHosts_AgreeOnTheMode(string wire, int client, int server, string expected)
    {
        TwoHostLab lab = new(a: Ecn(client), b: Ecn(server), wire: wire);
        lab.Connect();
        lab.A.SendPattern(3000);
        lab.B.SendPattern(3000);
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(3000, lab.B.ReadPattern());
        Assert.Equal(expected != "off", lab.A.Tcp.GetInfo(lab.Now).HasEcn);
        Assert.Equal(expected != "off", lab.B.Tcp.GetInfo(lab.Now).HasEcn);
        Assert.Equal(expected != "off", lab.B.Tcp.GetInfo(lab.Now).EcnSeen);
        Assert.Equal(expected == "accurate", lab.Trace.Contains("E] seq 1001:", StringComparison.Ordinal) || lab.Trace.Contains("A] seq 1001:", StringComparison.Ordinal));
    }

    // X-3168-1: SYNs that cross: both ask, both may.
    [Theory, OnEveryWire]
    public void CrossedSyns_ThatBothAsk_AgreeOnEcn(string wire)
    {
        ScriptedPeer peer = new(wire, Ecn(1));
        peer.Open();
        Assert.Equal("[S.E] 0 ack 1", peer.In("[SEW] 0 <mss 1000>"));
        peer.In("[S.E] 0 ack 1 <mss 1000>");
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("classic", ModeOf(peer));
    }

    // X-3168-1, X-9768-1: SYNs that cross: where one side does not ask there is none, whatever the other may do.
    [Theory]
    [InlineData(3, "")]
    [InlineData(1, "")]
    [InlineData(2, "EW")]
    [InlineData(5, "EWA")]
    public void CrossedSyns_OfWhichOneDoesNotAsk_AgreeOnNone(int mode, string request)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = new(wire, Ecn(mode));
            peer.Open();
            Assert.Equal("[S.] 0 ack 1", peer.In($"[S{request}] 0 <mss 1000>"));
            peer.In("[S.] 0 ack 1 <mss 1000>");
            Assert.Equal("off", ModeOf(peer));
        }
    }
}
