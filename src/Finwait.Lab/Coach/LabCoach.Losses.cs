using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <content>What did not get through, and who gave up.</content>
internal sealed partial class LabCoach
{
    /// <summary>Packets that did not get through and are named although others before them are not.</summary>
    private const int MostLost = 3;

    /// <summary>"; and 9 more packets, of which 2 did not get through: romeo sent ACK (thrown away: juliet, accept queue full)" of those that are not named one by one; empty for none.</summary>
    /// <param name="first">The first of them.</param>
    private string More(int first)
    {
        WhyTeller teller = session.Teller;
        int count = teller.Count - first + 1, lost = 0;
        bool others = false;
        var named = new List<string>();
        for (int number = first; number <= teller.Count; number++)
        {
            if (!teller.IsThrownAway(number))
            {
                continue;
            }

            lost++;
            string brief = teller.Brief(number);
            others |= !named.Contains(brief) && named.Count == MostLost;
            if (named.Count < MostLost && !named.Contains(brief))
            {
                named.Add(brief);
            }
        }

        string more = count == 1 ? "; and 1 more packet" : string.Create(CultureInfo.InvariantCulture, $"; and {count} more packets");
        string which = lost == 1 && count == 1 ? ", which" : string.Create(CultureInfo.InvariantCulture, $", of which {lost}");
        return count <= 0 ? "" : lost == 0 ? more : $"{more}{which} did not get through: {string.Join(", ", named)}{(others ? " and others" : "")}";
    }

    /// <summary>The newest packet that a full queue of a listener turned away, with the numbers; empty without one.</summary>
    /// <param name="from">Packets before.</param>
    private string Overflow(int from)
    {
        WhyTeller teller = session.Teller;
        for (int number = teller.Count; number > from; number--)
        {
            if (teller.Overflow(number) is { Length: > 0 } told)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Upper(told)} (why drop {number} tells more).");
            }
        }

        return "";
    }

    /// <summary>Who gave up to connect because nothing was answered.</summary>
    /// <param name="changes">Changes before.</param>
    private IEnumerable<string> GivenUp(int changes)
    {
        foreach (LabMove move in session.Recorder.Moves.Skip(changes).Where(IsGivenUp).Take(MostCalls))
        {
            ConnectionEnds ends = new(move.Host, move.Move.Local, move.Move.Peer);
            LabMove opened = session.Recorder.Moves.LastOrDefault(each => each.Move.Change is { To: TcpState.SynSent } && new ConnectionEnds(each.Host, each.Move.Local, each.Move.Peer) == ends && each.Move.Change.Time <= move.Move.Change.Time);
            int again = session.Teller.RepetitionsOfSyn(move.Host, RunTexts.End(move.Move.Local), RunTexts.End(move.Move.Peer), opened.Move.Change.Time.SinceStart);
            bool isWaitOver = session.Machines[move.Host].Calls.Waits.Any(wait => wait is { Name: "connect" } && wait.Local == move.Move.Local && wait.Ended == move.Move.Change.Time);
            string error = isWaitOver ? $", and connect() fails ({Errno.ETIMEDOUT})" : "";
            yield return $"{Upper(session.Machines[move.Host].Name)} gave up at {WhyNumbers.At(move.Move.Change.Time.SinceStart)}: its SYN was sent again {WhyNumbers.Times(again)}, and nothing acknowledged it{error} (R2, RFC 9293 §3.8.3; net.ipv4.tcp_syn_retries).";
        }
    }

    /// <summary>True if the sender of a packet has given up to connect since.</summary>
    private bool HasGivenUp(int number, int changes) => session.Recorder.Moves.Skip(changes).Any(move => IsGivenUp(move) && session.Teller.IsFrom(number, RunTexts.End(move.Move.Local), RunTexts.End(move.Move.Peer)));

    private static bool IsGivenUp(LabMove move) => move.Move.Change is { From: TcpState.SynSent, To: TcpState.Closed, Cause.Kind: CauseKind.RetransmissionTimeout };

    /// <summary>Names a connection's end.</summary>
    private readonly record struct ConnectionEnds(int Host, SocketAddress Local, SocketAddress Peer);
}
