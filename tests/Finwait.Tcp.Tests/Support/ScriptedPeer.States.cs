namespace Finwait.Tcp.Tests;

/// <content>Ways into each state, with real segments.</content>
internal sealed partial class ScriptedPeer
{
    /// <summary>The states by the short names of the requirements; SR came from LISTEN, SA is SYN-RECEIVED after crossed SYNs.</summary>
    public static TcpState StateOf(string name) => name switch
    {
        "CL" => TcpState.Closed,
        "LI" => TcpState.Listen,
        "SS" => TcpState.SynSent,
        "SR" or "SA" => TcpState.SynReceived,
        "ES" => TcpState.Established,
        "F1" => TcpState.FinWait1,
        "F2" => TcpState.FinWait2,
        "CW" => TcpState.CloseWait,
        "CG" => TcpState.Closing,
        "LA" => TcpState.LastAck,
        "TW" => TcpState.TimeWait,
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>
    /// A connection in the state, nothing left to say. Our SYN, and in F1, CG and LA our FIN (number 1) stand for SND.NXT 1 or 2;
    /// the peer's SYN, and in CW, CG, LA and TW its FIN (number 1), for RCV.NXT 1 or 2. No text was sent. The peer's MSS is 1000, its window 65535.
    /// </summary>
    public static ScriptedPeer InState(string wire, string state, string synOptions = "mss 1000", TcpSettings? settings = null, bool passive = false, int mtu = 1500, Instant? start = null)
    {
        ScriptedPeer peer = new(wire, settings, mtu, start);
        peer.BringTo(state, synOptions, passive);
        Assert.Equal(StateOf(state), peer.State);
        peer.TakeEvents();
        peer.Restart();
        return peer;
    }

    /// <summary>Opens actively, nothing received yet.</summary>
    public string Open()
    {
        Tcp.OpenActive(Now, Parameters);
        return Sent();
    }

    /// <summary>Opens passively.</summary>
    public void Listen()
    {
        Tcp.OpenPassive(Now, Parameters);
        Assert.Equal("", Sent());
    }

    private void BringTo(string state, string synOptions, bool passive)
    {
        switch (state)
        {
            case "CL":
                return;
            case "LI":
                Listen();
                return;
            case "SR":
                Listen();
                Assert.Equal("[S.] 0 ack 1", Plain(() => In($"[S] 0 <{synOptions}>")));
                return;
            case "SS":
                Assert.Equal("[S] 0", Plain(Open));
                return;
            case "SA":
                Assert.Equal("[S] 0", Plain(Open));
                Assert.Equal("[S.] 0 ack 1", Plain(() => In($"[S] 0 <{synOptions}>")));
                return;
        }

        Establish(synOptions, passive);
        BringEstablishedTo(state);
    }

    private void Establish(string synOptions, bool passive)
    {
        if (passive)
        {
            BringTo("SR", synOptions, passive: true);
            Assert.Equal("", In("[.] 1 ack 1"));
            return;
        }

        BringTo("SS", synOptions, passive: false);
        Assert.Equal("[.] 1 ack 1", Plain(() => In($"[S.] 0 ack 1 <{synOptions}>")));
    }

    private void BringEstablishedTo(string state)
    {
        switch (state)
        {
            case "F1":
                Assert.Equal("[F.] 1 ack 1", Plain(Shutdown));
                break;
            case "F2":
                BringEstablishedTo("F1");
                In("[.] 1 ack 2");
                break;
            case "CW":
                In("[F.] 1 ack 1");
                Run(0.3);               // the delayed acknowledgment goes
                break;
            case "LA":
                BringEstablishedTo("CW");
                Assert.Equal("[F.] 1 ack 2", Plain(Shutdown));
                break;
            case "CG":
                BringEstablishedTo("F1");
                Assert.Equal("[.] 2 ack 2", Plain(() => In("[F.] 1 ack 1")));
                break;
            case "TW":
                BringEstablishedTo("F2");
                Assert.Equal("[.] 2 ack 2", Plain(() => In("[F.] 1 ack 2")));
                break;
        }
    }

    /// <summary>Runs an action with short printing.</summary>
    private string Plain(Func<string> action)
    {
        (bool window, bool options) = (ShowWindow, ShowOptions);
        (ShowWindow, ShowOptions) = (false, false);
        string text = action();
        (ShowWindow, ShowOptions) = (window, options);
        return text;
    }
}
