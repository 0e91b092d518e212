using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>One rule of a chain: what it looks at, what it does, and how often it did.</summary>
public sealed class FilterRule
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58;

    private readonly bool _needsTransport;
    private uint _statisticCount;
    private long _limitCredit;
    private Instant _limitAt;

    internal FilterRule(FilterMatch match, FilterTarget target, FilterChain? jump)
    {
        Match = match;
        Target = target;
        JumpChain = jump;
        _needsTransport = match.SourcePorts is not null || match.DestinationPorts is not null || match.TcpFlags is not null || match.IcmpType is not null;
        if (match.Statistic is { Every: > 0 } nth)
        {
            _statisticCount = nth.Every - nth.Packet - 1;
        }

        if (match.Limit is { } limit)
        {
            _limitCredit = limit.Interval.Ticks * limit.Burst;
        }
    }

    /// <summary>What it looks at.</summary>
    public FilterMatch Match { get; }

    /// <summary>What it does.</summary>
    public FilterTarget Target { get; }

    /// <summary>Packets that matched.</summary>
    public long Packets { get; set; }

    /// <summary>Octets of those packets, by their IP length.</summary>
    public long Octets { get; set; }

    internal FilterChain? JumpChain { get; }

    internal bool Matches(Instant now, in FilterPacket packet, ref ulong random)
    {
        FilterMatch match = Match;
        if ((match.Source is { } source && !source.Matches(packet.Source))
            || (match.Destination is { } destination && !destination.Matches(packet.Destination))
            || (match.Protocol is { } protocol and not 0 && protocol == packet.Protocol == match.IsProtocolInverted)
            || (match.In is { } inbound && !inbound.Matches(packet.In?.Name))
            || (match.Out is { } outbound && !outbound.Matches(packet.Out?.Name))
            || (match.IsFragment is { } fragment && fragment != packet.IsLaterFragment)
            || (match.State is { } state && !state.Matches(packet.State))
            || (match.Length is { } length && (packet.Length >= length.First && packet.Length <= length.Last) == length.IsInverted))
        {
            return false;
        }

        return (!_needsTransport || MatchesTransport(match, packet))
            && (match.Statistic is not { } statistic || MatchesStatistic(statistic, ref random))
            && (match.Limit is not { } limit || MatchesLimit(now, limit));
    }

    private static bool MatchesTransport(FilterMatch match, in FilterPacket packet)
    {
        // A later fragment has no ports, flags or type: such a rule cannot match it (as in the kernel).
        ReadOnlySpan<byte> header = packet.Transport;
        if (packet.IsLaterFragment)
        {
            return false;
        }

        if (match.IcmpType is { } icmp)
        {
            return packet.Protocol is Icmp or IcmpV6 && header.Length >= 2 && icmp.Matches(header[0], header[1]);
        }

        if (packet.Protocol is not (Tcp or Udp) || header.Length < (packet.Protocol == Tcp ? 20 : 8))
        {
            return false;
        }

        return (match.SourcePorts is not { } from || from.Matches(BinaryPrimitives.ReadUInt16BigEndian(header)))
            && (match.DestinationPorts is not { } to || to.Matches(BinaryPrimitives.ReadUInt16BigEndian(header[2..])))
            && (match.TcpFlags is not { } flags || (packet.Protocol == Tcp && flags.Matches((TcpFlags)header[13])));
    }

    private bool MatchesStatistic(StatisticMatch statistic, ref ulong random)
    {
        bool matches;
        if (statistic.Every == 0)
        {
            random = SplitMix.Next(random, out ulong drawn);
            matches = (uint)(drawn >> 33) < statistic.Probability;
        }
        else
        {
            _statisticCount++;
            matches = _statisticCount == statistic.Every;
            if (matches)
            {
                _statisticCount = 0;
            }
        }

        return matches != statistic.IsInverted;
    }

    /// <summary>A token bucket: credit grows with time up to the burst, each match costs one interval.</summary>
    private bool MatchesLimit(Instant now, LimitMatch limit)
    {
        long cost = limit.Interval.Ticks;
        long most = cost * limit.Burst;
        long passed = (now - _limitAt).Ticks;
        _limitAt = now;
        _limitCredit = passed >= most - _limitCredit ? most : _limitCredit + passed;
        if (_limitCredit < cost)
        {
            return false;
        }

        _limitCredit -= cost;
        return true;
    }
}
