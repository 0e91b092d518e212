using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>What came to an end: connections that a segment still comes for, and packets that did not get through.</content>
internal sealed partial class WhyTeller
{
    /// <summary>How the connection that a machine had with the ends of a segment came to its end; empty if it had none, or had another one since.</summary>
    /// <param name="machine">The machine that got the segment.</param>
    /// <param name="local">Its own end.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="until">When it got the segment.</param>
    private string Ended(int machine, RunEnd local, RunEnd peer, TimeSpan until)
    {
        LabMove last = run.Recorder.Moves.LastOrDefault(each => each.Host == machine && each.Move.Change.Time.SinceStart <= until && RunTexts.End(each.Move.Local) == local && RunTexts.End(each.Move.Peer) == peer);
        StateChange change = last.Move.Change;
        if (change.To != TcpState.Closed || change.From == TcpState.Closed)
        {
            return "";
        }

        string at = WhyNumbers.At(change.Time.SinceStart);
        for (int number = run.Count; number >= 1; number--)
        {
            RunPacket packet = run.Packet(number);
            RunPacketHeaders headers = run.Headers(number);
            if (packet.From == machine && packet.Sent == change.Time.SinceStart && headers.IsTcp && headers.Has(TcpFlags.Rst) && headers.Source == local && headers.Destination == peer)
            {
                return FormattableString.Invariant($"the connection that had these addresses and ports was cut off at {at}, packet {number}{LostReset(number)}");
            }
        }

        return $"the connection that had these addresses and ports ended at {at}";
    }

    /// <summary>True for a packet that was lost, thrown away, or never left.</summary>
    public bool IsThrownAway(int number) => run.Packet(number).Fate is not (RunFate.Arrived or RunFate.UnderWay);

    /// <summary>What is to be said of a packet that a full queue of a listener turned away; empty for others.</summary>
    public string Overflow(int number) =>
        run.Packet(number).Fate == RunFate.Refused && run.FramesOf(number).Any(seen => run.TryGetDrop(seen.Machine, seen.Frame, out LabDrop drop) && drop.Drop.Reason is DropReason.TcpBacklogFull or DropReason.TcpRequestQueueFull)
            ? Fate(number).First() : "";

    /// <summary>How often a timer sent the SYN of a connection again.</summary>
    /// <param name="machine">The machine that opens.</param>
    /// <param name="local">Its end.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="since">When it opened.</param>
    public int RepetitionsOfSyn(int machine, RunEnd local, RunEnd peer, TimeSpan since)
    {
        int again = 0;
        for (int number = run.Count; number >= 1 && run.Packet(number).Sent >= since; number--)
        {
            RunPacketHeaders headers = run.Headers(number);
            again += run.Packet(number) is { IsCopy: false } packet && packet.From == machine && headers.Has(TcpFlags.Syn) && headers.Source == local && headers.Destination == peer && run.Cause(number).Kind == CauseKind.RetransmissionTimeout ? 1 : 0;
        }

        return again;
    }

    /// <summary>True for a TCP packet from one end to another.</summary>
    public bool IsFrom(int number, RunEnd local, RunEnd peer) => run.Headers(number) is { IsTcp: true } headers && headers.Source == local && headers.Destination == peer;

    /// <summary>Why the peer knows nothing of a reset; empty if it has come to it.</summary>
    private string LostReset(int number) => run.Packet(number).Fate switch
    {
        RunFate.NeverLeft => ", whose reset never left",
        RunFate.UnderWay => ", whose reset is still under way",
        _ => Fate(number).Any() ? ", whose reset was lost" : "",
    };
}
