using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Which resets we send (RFC 9293 §3.5.2), and what they look like.</summary>
public sealed class ResetGenerationTests
{
    // SM-RG-1, BUG-11: no reset is ever answered by a reset, and no more than a challenge by anything.
    [Theory, OnEveryWire(In = "CL LI SS SR SA ES F1 F2 CW CG LA TW")]
    public void ResetOfAnyNumber_InAnyState_DrawsNoReset(string wire, string state)
    {
        foreach (int seq in new[] { -70000, -1, 0, 1, 2, 3, 500, 65000, 70000, int.MaxValue })
        {
            foreach (int ack in new[] { -70000, 0, 1, 2, 3, 70000 })
            {
                foreach (string flags in new[] { $"[R] {seq}", $"[R.] {seq} ack {ack}", $"[SR.] {seq} ack {ack}", $"[FR] {seq}", $"[RP.] {seq}:{(long)seq + 5} ack {ack}" })
                {
                    ScriptedPeer peer = ScriptedPeer.InState(wire, state);
                    string answer = peer.In(flags);
                    Assert.DoesNotContain("R", answer, StringComparison.Ordinal);
                    Assert.True(answer.Length == 0 || answer.StartsWith("[.] ", StringComparison.Ordinal), answer);
                }
            }
        }
    }

    // SM-RG-4: in a synchronized state nothing the peer gets wrong is answered by a reset.
    [Theory, OnEveryWire(In = "ES F1 F2 CW CG LA TW")]
    public void UnacceptableSegment_InASynchronizedState_IsAnsweredByAnEmptyAck(string wire, string state)
    {
        foreach (string segment in new[] { "[.] 90000 ack 1", "[S] 5", "[P.] -50:-40 ack 1", "[.] 1 ack 90000", "[P.] 1:5 ack -90000", "[F.] 80000 ack 2", "[S.] 5 ack 90000" })
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, state);
            (int next, int expected) = peer.Variables;
            string answer = peer.In(segment);
            Assert.True(answer.Length == 0 || answer == $"[.] {next} ack {expected}", $"{segment}: {answer}");
            Assert.Equal((ScriptedPeer.StateOf(state), (next, expected)), (peer.State, peer.Variables));
        }
    }

    // SM-RG-5: window 0, no text, no ACK where the number is an acknowledgment.
    [Theory, OnEveryWire]
    public void ResetThatAnswers_HasWindowZeroAndNoAck(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.ShowWindow = peer.ShowOptions = true;
        Assert.Equal("[R] 77 win 0", peer.In("[S.] 0 ack 77 <mss 1000>"));
        SegmentPlan reset = peer.Emitted[^1];
        Assert.Equal((TcpFlags.Rst, 0u, 0), (reset.Flags, reset.Ack.Value, reset.PayloadLength));
    }

    // SM-RG-5, X-7323-13: a reset that answers a segment with timestamps echoes them; one from the user's abort carries the clock.
    [Theory, OnEveryWire]
    public void Reset_OnAConnectionWithTimestamps_CarriesThem(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,TS 500/0");
        peer.ShowOptions = true;
        Assert.Equal("[R.] 1 ack 1 <TS 1000000/500>", peer.Abort());
        Assert.Equal("[R] 1 <TS 0/777>", peer.In("[P.] 1:5 ack 1 <TS 777/last>"));
        ScriptedPeer embryo = ScriptedPeer.InState(wire, "SR", "mss 1000,TS 500/0");
        embryo.ShowOptions = true;
        Assert.Equal("[R] 50 <TS 0/501>", embryo.In("[.] 1 ack 50 <TS 501/last>"));
    }

    // SM-RG-6: after the peer shrank its window our reset may lie outside it; the exchange with its challenge ends it.
    [Theory, OnEveryWire]
    public void Abort_BeyondAShrunkenWindow_IsRepeatedAtThePeersNumber(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        peer.In("[.] 1 ack 1 win 100");
        Assert.Equal("[R.] 5001 ack 1", peer.Abort());
        Assert.Equal("[R] 1", peer.In("[.] 1 ack 1 win 100"));
    }
}
