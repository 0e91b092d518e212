namespace Finwait.Tcp.Tests;

/// <summary>A scripted peer at the end of a path with a round trip: text sent at 0.000, acknowledgments by the script.</summary>
internal static class PathPeer
{
    /// <summary>Settings of these scripts: Reno (its halves are easy to see), a large buffer, and no tail loss probe unless asked for.</summary>
    public static TcpSettings Settings(Action<TcpSettings>? change = null)
    {
        TcpSettings settings = new() { CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20), TailLossProbe = false };
        change?.Invoke(settings);
        return settings;
    }

    /// <summary>Established with one sample of the round trip; then <paramref name="octets"/> are sent, at 0.000.</summary>
    public static ScriptedPeer Open(string wire, int octets, string options = "mss 1000,sackOK", double roundTrip = 0.1, TcpSettings? settings = null)
    {
        ScriptedPeer peer = new(wire, settings ?? Settings());
        peer.Open();
        peer.Run(roundTrip);
        peer.In($"[S.] 0 ack 1 <{options}>");
        peer.Restart();
        if (octets > 0)
        {
            peer.Send(octets);
        }

        return peer;
    }

    public static TcpInfo Info(this ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now);

    /// <summary>Lets time pass to <paramref name="seconds"/> after 0.000; nothing may be sent meanwhile.</summary>
    public static void QuietUntil(this ScriptedPeer peer, double seconds) => Assert.Equal("", peer.RunUntil(seconds));

    /// <summary>Lets time pass to <paramref name="seconds"/> after 0.000.</summary>
    public static string RunUntil(this ScriptedPeer peer, double seconds) => peer.Run(seconds - (peer.Now - peer.Zero).TotalSeconds);

    public static int Lines(string sent) => sent.Length == 0 ? 0 : sent.Split('\n').Length;
}
