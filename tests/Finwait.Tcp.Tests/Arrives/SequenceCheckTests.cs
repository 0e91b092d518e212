namespace Finwait.Tcp.Tests;

/// <summary>First check of RFC 9293 §3.10.7.4: the sequence number. It is the same in SYN-RECEIVED and all synchronized states.</summary>
public sealed class SequenceCheckTests
{
    private const string Synchronized = "SR ES F1 F2 CW CG LA TW";

    /// <summary>A connection with a receive window of exactly <paramref name="window"/> octets from number 1 on.</summary>
    private static ScriptedPeer WithWindow(string wire, string state, int window, bool sack = false)
    {
        TcpSettings settings = new() { ReceiveBuffer = (4096, 2 * window, 2 * window), WindowScaling = false };
        ScriptedPeer peer = ScriptedPeer.InState(wire, state, sack ? "mss 1000,sackOK" : "mss 1000", settings);
        return peer;
    }

    /// <summary>The window as the peer knows it from the last segment, and the number it begins at.</summary>
    private static (int Left, int Window) LastOffer(ScriptedPeer peer) => (peer.Emitted[^1].Ack - peer.Irs, peer.Emitted[^1].RawWindow);

    // SM-SEQ-2, SM-SEQ-6: an empty segment from the left edge to the right one is taken, one octet beyond is answered. The edge itself is taken
    // (docs/decisions/0010): a peer that has filled the window acknowledges with that number.
    [Theory, OnEveryWire(In = Synchronized)]
    public void EmptySegment_InOpenWindow_IsAcceptableFromLeftToRightEdge(string wire, string state)
    {
        ScriptedPeer peer = WithWindow(wire, state, 10000);
        (int left, int window) = LastOffer(peer);
        int ack = peer.Variables.SndNxt - (state is "F1" or "CG" or "LA" ? 1 : 0);
        string answer = $"[.] {peer.Variables.SndNxt} ack {left}";
        string before = $"[.] {left - 1} ack {ack}";
        string after = $"[.] {left + window + 1} ack {ack}";
        Assert.Equal(answer, peer.In(before));
        peer.Skip(1);
        Assert.Equal(answer, peer.In(after));
        peer.Skip(1);
        Assert.Equal("", peer.In($"[.] {left + window} ack {ack}"));
        Assert.Equal("", peer.In($"[.] {left + window - 1} ack {ack}"));
        Assert.Equal("", peer.In($"[.] {left} ack {ack}"));
    }

    // SM-SEQ-1, SM-SEQ-10, BUG-17: with a closed window an empty segment at RCV.NXT is taken, and two closed sides do not answer each other for ever.
    [Theory, OnEveryWire]
    public void EmptySegment_InClosedWindow_IsAcceptableOnlyAtRcvNxtAndNotAnswered(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        Assert.Equal("", peer.In($"[.] {next} ack 1 win 0"));
        Assert.Equal("", peer.In($"[.] {next} ack 1 win 0"));
        Assert.Equal($"[.] 1 ack {next}", peer.In($"[.] {next + 1} ack 1 win 0"));
        peer.Skip(1);
        Assert.Equal($"[.] 1 ack {next}", peer.In($"[.] {next - 1} ack 1 win 0"));
    }

    // SM-SEQ-3: text that finds the window closed is not taken, but its acknowledgment counts, and it is answered.
    [Theory, OnEveryWire]
    public void Text_InClosedWindow_IsNotTakenButItsAcknowledgmentCounts(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        peer.Send(10);
        Assert.Equal($"[.] 11 ack {next}", peer.In($"[P.] {next}:{next + 1} ack 11"));
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 1));
        Assert.Equal(next, peer.Variables.RcvNxt);
        Assert.Equal(next - 1, peer.ReadAll());
    }

    // SM-SEQ-3, SM-ACK-ES-4: so does its window: two sides with closed windows that probe each other with text must not stand for ever.
    [Theory, OnEveryWire]
    public void TextAsProbe_InClosedWindow_ItsWindowCounts(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        peer.In($"[.] {next} ack 1 win 0");
        Assert.Equal("", peer.Send(10));
        Assert.Equal($"[.] 1 ack {next}\n[P.] 1:11 ack {next}", peer.In($"[P.] {next}:{next + 1} ack 1 win 1000"));
    }

    // SM-SEQ-3, MUST-66: and so does its urgent pointer.
    [Theory, OnEveryWire]
    public void UrgentText_InClosedWindow_NotifiesTheUser(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        Assert.Equal($"[.] 1 ack {next}", peer.In($"[P.U] {next}:{next + 1} ack 1 urg 1"));
        Assert.Contains("Urgent", peer.TakeEvents(), StringComparison.Ordinal);
        Assert.Equal("", peer.In($"[.U] {next} ack 1 urg 9"));
        Assert.Contains("Urgent", peer.TakeEvents(), StringComparison.Ordinal);
    }

    // SM-SEQ-4, SM-SEQ-7: the first or the last octet in the window makes a segment acceptable; what lies outside is cut.
    [Theory, OnEveryWire]
    public void Text_PartlyInTheWindow_IsTrimmedOnBothSides(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        (int left, int window) = LastOffer(peer);
        Assert.Equal("[.] 1 ack 501", peer.In("[P.] 1:501 ack 1"));
        Assert.Equal("[.] 1 ack 1001", peer.In("[P.] 201:1001 ack 1"));
        Assert.Equal(1000, peer.ReadAll());
        int edge = left + window;
        for (int at = 1001; at < edge - 1000; at += 1000)
        {
            peer.In($"[.] {at}:{at + 1000} ack 1");
        }

        int last = peer.Variables.RcvNxt;
        (int ackedTo, int offered) = LastOffer(peer);
        int right = ackedTo + offered;
        peer.In($"[P.] {last}:{right + 300} ack 1");
        Assert.Equal(right, peer.Variables.RcvNxt);             // what did not fit is not acknowledged (SM-TXT-2)
    }

    // SM-SEQ-4, SM-SEQ-6: neither end in the window.
    [Theory, OnEveryWire]
    public void Text_OutsideTheWindow_IsAnsweredAndDropped(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        (int left, int window) = LastOffer(peer);
        Assert.Equal("[.] 1 ack 1", peer.In($"[P.] {left + window}:{left + window + 10} ack 1"));
        Assert.Equal("[.] 1 ack 1", peer.In("[P.] -9:1 ack 1"));
        Assert.Equal(0, peer.Tcp.Readable);
        Assert.Equal("[.] 1 ack 1", peer.In($"[P.] {left + window - 1}:{left + window + 9} ack 1"));
        Assert.Equal(0, peer.Tcp.Readable);
        Assert.Equal(1, peer.Tcp.GetInfo(peer.Now).OutOfOrderPackets);      // its first octet is in the window: held behind the hole
    }

    // SM-SEQ-5, X-7323-5: a window once offered is honoured, even if a later segment offered less of it.
    [Theory, OnEveryWire]
    public void Text_UpToTheLargestEdgeEverOffered_IsTaken(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        (int left, int window) = LastOffer(peer);
        int edge = left + window;
        for (int at = 1; at < edge; at += 1000)
        {
            int end = Math.Min(at + 1000, edge);
            peer.In($"[P.] {at}:{end} ack 1");
            Assert.Equal(end, peer.Variables.RcvNxt);
        }
    }

    // SM-SEQ-6, SM-RG-4: no unacceptable segment draws a reset in a synchronized state.
    [Theory, OnEveryWire(In = Synchronized)]
    public void UnacceptableText_IsAnsweredByAnEmptyAcknowledgmentAtSndNxt(string wire, string state)
    {
        ScriptedPeer peer = WithWindow(wire, state, 10000);
        (int next, int expected) = peer.Variables;
        Assert.Equal($"[.] {next} ack {expected}", peer.In($"[P.] {expected + 70000}:{expected + 70010} ack {next}"));
        Assert.Equal($"[.] {next} ack {expected}", peer.In($"[P.] {expected - 10}:{expected} ack {next - 1}"));
        Assert.Equal((next, expected), peer.Variables);
    }

    // SM-SEQ-6, SM-RST-1: an unacceptable reset gets no answer.
    [Theory, OnEveryWire(In = Synchronized)]
    public void UnacceptableReset_IsDroppedSilently(string wire, string state)
    {
        ScriptedPeer peer = WithWindow(wire, state, 10000);
        (_, int expected) = peer.Variables;
        Assert.Equal("", peer.In($"[R] {expected - 1}"));
        Assert.Equal("", peer.In($"[R] {expected + 70000}"));
        Assert.Equal("", peer.In($"[R.] {expected - 1} ack 1"));
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
    }

    // SM-SEQ-7, BUG-30: a FIN beyond the right edge is cut off with the text before it, and taken when it comes again in the window.
    [Theory, OnEveryWire]
    public void Fin_BeyondTheRightEdge_IsNotProcessed(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        for (int i = 0; i < 8; i++)
        {
            peer.In($"[.] {1 + (i * 1000)}:{1001 + (i * 1000)} ack 1");
            peer.Run(0.3);
        }

        (int left, int window) = LastOffer(peer);
        int edge = left + window;
        peer.In($"[FP.] {left}:{edge + 5} ack 1");
        Assert.Equal((TcpState.Established, edge), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(edge - 1, peer.ReadAll());
        peer.Sent();
        peer.In($"[FP.] {left}:{edge + 5} ack 1");
        Assert.Equal((TcpState.CloseWait, edge + 6), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(5, peer.ReadAll());
    }

    // SM-SEQ-7: nor is it remembered: the text alone, sent again, is no end of the stream.
    [Theory, OnEveryWire]
    public void Fin_BeyondTheRightEdge_IsNotRemembered(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        (int left, int window) = LastOffer(peer);
        int edge = left + window;
        Assert.Equal("[.] 1 ack 1", peer.In($"[FP.] {edge - 1000}:{edge + 5} ack 1"));
        for (int at = 1; at < edge + 5; at += 500)
        {
            peer.In($"[.] {at}:{Math.Min(at + 500, edge + 5)} ack 1");
            peer.ReadAll();
            peer.Sent();
        }

        Assert.Equal((TcpState.Established, edge + 5), (peer.State, peer.Variables.RcvNxt));
    }

    // SM-SEQ-7
    [Theory, OnEveryWire]
    public void OldPrefix_IsCutAndOnlyTheNewTextDelivered(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        peer.In("[P.] 1:101 ack 1");
        Assert.Equal("[.] 1 ack 201", peer.In("[P.] 1:201 ack 1"));
        Assert.Equal(200, peer.ReadAll());
    }

    // SM-SEQ-8: by the letter no octet tested is in the window; we take what is.
    [Theory, OnEveryWire]
    public void Text_ThatCoversTheWholeWindow_IsTrimmedAndTaken(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 2000);
        (int left, int window) = LastOffer(peer);
        Assert.True(window < 3000);
        peer.In("[P.] 1:101 ack 1");
        (int acked, int offered) = LastOffer(peer);
        peer.In($"[P.] 51:{acked + offered + 40} ack 1");
        Assert.Equal(acked + offered, peer.Variables.RcvNxt);
        peer.ReadAll();
    }

    // SM-SEQ-9: text that came before is acknowledged at once and delivered only once.
    [Theory, OnEveryWire]
    public void OldText_IsAcknowledgedAtOnceAndNotDeliveredAgain(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        peer.In("[P.] 1:101 ack 1");
        Assert.Equal(100, peer.ReadAll());
        peer.Sent();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("[.] 1 ack 101", peer.In("[P.] 1:101 ack 1"));
        }

        Assert.Equal(0, peer.Tcp.Readable);
    }

    // SM-SEQ-9: old text brings news of what we sent (simultaneous transfers with lost acknowledgments).
    [Theory, OnEveryWire]
    public void OldText_WithNewAcknowledgment_FreesWhatItAcknowledges(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        peer.In("[P.] 1:101 ack 1");
        peer.Send(10);
        Assert.Equal("[.] 11 ack 101", peer.In("[P.] 1:101 ack 11"));
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 10));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-SEQ-9: an empty probe just left of the window (appendix A.2).
    [Theory, OnEveryWire]
    public void ProbeLeftOfTheWindow_WithNewAcknowledgment_FreesWhatItAcknowledges(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        peer.Send(10);
        Assert.Equal("[.] 11 ack 1", peer.In("[.] 0 ack 11"));
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 1));
    }

    // X-5961-4: not so when the segment is far older than any window.
    [Theory, OnEveryWire]
    public void AncientSegment_WithNewAcknowledgment_IsNotBelieved(string wire)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 10000);
        peer.Send(10);
        Assert.Equal("[.] 11 ack 1", peer.In("[.] -200000 ack 11"));
        Assert.True(peer.Tcp.IsInFlight(peer.Iss + 1));
    }

    private static ScriptedPeer Full(string wire, out int next)
    {
        ScriptedPeer peer = WithWindow(wire, "ES", 4000);
        for (int i = 0; i < 100; i++)
        {
            (int acked, int offered) = LastOffer(peer);
            if (offered == 0)
            {
                next = acked;
                peer.Skip(1);
                return peer;
            }

            peer.In($"[P.] {acked}:{acked + Math.Min(offered, 1000)} ack 1");
            peer.Run(0.3);
        }

        throw new InvalidOperationException("the window never closed");
    }
}
