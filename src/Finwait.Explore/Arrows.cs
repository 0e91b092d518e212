using Finwait.Tcp;

namespace Finwait.Explore;

/// <summary>Which states can follow which: the arrows of RFC 9293 figure 5, several of which one segment may follow at once.</summary>
internal static class Arrows
{
    // A SYN-ACK with FIN that meets a queued close follows three: SYN-SENT, ESTABLISHED, FIN-WAIT-1, CLOSING.
    private const int MostPerInput = 3;

    private static readonly bool[,] Reachable = Follow();

    /// <summary>True if one input may lead from one state to the other.</summary>
    public static bool Lead(TcpState from, TcpState to) => Reachable[(int)from, (int)to];

    private static bool[,] Follow()
    {
        TcpState[] states = Enum.GetValues<TcpState>();
        bool[,] reachable = new bool[states.Length, states.Length];
        foreach (TcpState from in states)
        {
            HashSet<TcpState> seen = [from];
            for (int step = 0; step < MostPerInput; step++)
            {
                seen.UnionWith([.. seen.SelectMany(Next)]);
            }

            foreach (TcpState to in seen)
            {
                reachable[(int)from, (int)to] = true;
            }
        }

        return reachable;
    }

    private static IEnumerable<TcpState> Next(TcpState state)
    {
        foreach (TcpInput input in Enum.GetValues<TcpInput>())
        {
            // Calls come by themselves; what a segment or a timer leads to is everything else.
            if (input is TcpInput.PassiveOpen or TcpInput.ActiveOpen)
            {
                continue;
            }

            foreach (bool wasPassive in (bool[])[false, true])
            {
                if (TcpStateMachine.Next(state, input, wasPassive) is { } next)
                {
                    yield return next;
                }
            }
        }
    }
}

/// <summary>The octets that both applications send: each stream is this pattern from its beginning.</summary>
internal static class Pattern
{
    private static readonly byte[] Octets = [.. Enumerable.Range(0, 4096).Select(i => (byte)((i * 31) + (i >> 8)))];

    public static ReadOnlySpan<byte> Slice(long from, int length) => Octets.AsSpan((int)from, length);

    public static bool Matches(ReadOnlySpan<byte> octets, long from) => octets.SequenceEqual(Octets.AsSpan((int)from, octets.Length));
}
