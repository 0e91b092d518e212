using Finwait.Inspect;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>Segments for a connection that their receiver had before, and does not know any more.</content>
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

    /// <summary>Why the peer knows nothing of a reset; empty if it has come to it.</summary>
    private string LostReset(int number) => run.Packet(number).Fate switch
    {
        RunFate.NeverLeft => ", whose reset never left",
        RunFate.UnderWay => ", whose reset is still under way",
        _ => Fate(number).Any() ? ", whose reset was lost" : "",
    };
}
