using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Sets of states, one bit per <see cref="TcpState"/>, and their words in <c>ss</c>.</summary>
internal static class SsStates
{
    internal const int All = (1 << ((int)TcpState.TimeWait + 1)) - 1;
    internal static readonly int Listening = Bit(TcpState.Listen) | Bit(TcpState.Closed);
    internal static readonly int Connected = All & ~Listening;
    internal static readonly int Bucket = Bit(TcpState.SynReceived) | Bit(TcpState.TimeWait);

    /// <summary>What is shown when nothing is said: connections, without those that are still or only half there.</summary>
    internal static readonly int Usual = Connected & ~Bucket;

    internal static int Bit(TcpState state) => 1 << (int)state;

    /// <summary>True if the set holds one state only: ss then leaves out the State column.</summary>
    internal static bool IsSingle(int set) => (set & (set - 1)) == 0;

    /// <summary>The word in the State column.</summary>
    internal static string Word(TcpState state) => state switch
    {
        TcpState.Closed => "UNCONN",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECV",
        TcpState.Established => "ESTAB",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST-ACK",
        TcpState.TimeWait => "TIME-WAIT",
        _ => "UNKNOWN",
    };

    /// <summary>Reads the word behind <c>state</c> or <c>exclude</c>; letters' case does not matter.</summary>
    internal static bool TryParse(string word, out int set)
    {
        set = word.ToLowerInvariant() switch
        {
            "all" => All,
            "connected" => Connected,
            "synchronized" => Connected & ~Bit(TcpState.SynSent),
            "bucket" => Bucket,
            "big" => All & ~Bucket,
            "established" => Bit(TcpState.Established),
            "syn-sent" => Bit(TcpState.SynSent),
            "syn-recv" or "syn-rcv" => Bit(TcpState.SynReceived),
            "fin-wait-1" => Bit(TcpState.FinWait1),
            "fin-wait-2" => Bit(TcpState.FinWait2),
            "time-wait" => Bit(TcpState.TimeWait),
            "unconnected" or "close" or "closed" => Bit(TcpState.Closed),
            "close-wait" => Bit(TcpState.CloseWait),
            "last-ack" => Bit(TcpState.LastAck),
            "listening" => Bit(TcpState.Listen),
            "closing" => Bit(TcpState.Closing),
            _ => 0,
        };
        return set != 0;
    }
}
