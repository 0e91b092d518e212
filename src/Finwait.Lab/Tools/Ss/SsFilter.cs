using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>A condition on rows.</summary>
internal abstract record SsFilter
{
    /// <summary>True if the row is to be shown.</summary>
    internal abstract bool Matches(SsRow row);
}

/// <summary>Conditions joined by <c>and</c> and <c>or</c>, worked off from the left: ss gives neither precedence over the other.</summary>
/// <param name="First">The first condition.</param>
/// <param name="Rest">The others, each with the word before it.</param>
internal sealed record SsFilterChain(SsFilter First, IReadOnlyList<(bool IsOr, SsFilter Filter)> Rest) : SsFilter
{
    internal override bool Matches(SsRow row)
    {
        bool result = First.Matches(row);
        foreach ((bool isOr, SsFilter filter) in Rest)
        {
            result = isOr ? result || filter.Matches(row) : result && filter.Matches(row);
        }

        return result;
    }
}

/// <summary><c>not</c>.</summary>
internal sealed record SsFilterNot(SsFilter Inner) : SsFilter
{
    internal override bool Matches(SsRow row) => !Inner.Matches(row);
}

/// <summary><c>src</c> and <c>dst</c>.</summary>
/// <param name="IsSource">True for the local side.</param>
/// <param name="WantsV6">Only this version of IP; <c>null</c> for both.</param>
/// <param name="Prefix">The address; none for any.</param>
/// <param name="PrefixLength">Bits of it that count.</param>
/// <param name="Port">The port; <c>null</c> for any.</param>
internal sealed record SsFilterHost(bool IsSource, bool? WantsV6, IpAddress Prefix, int PrefixLength, int? Port) : SsFilter
{
    internal override bool Matches(SsRow row)
    {
        IpAddress address = IsSource ? row.Local : row.Peer;
        if ((Port is int port && port != (IsSource ? row.LocalPort : row.PeerPort)) || (WantsV6 is bool v6 && v6 != address.IsV6))
        {
            return false;
        }

        if (Prefix.IsNone)
        {
            return true;
        }

        // An IPv4 prefix also finds the IPv4 connections of a dual-stack server.
        return (Prefix.IsV4 ? ToolNames.Unmapped(address) : address).SharesPrefix(Prefix, PrefixLength);
    }
}

/// <summary>How a port is compared.</summary>
internal enum SsComparison : byte
{
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
}

/// <summary><c>sport</c> and <c>dport</c>.</summary>
internal sealed record SsFilterPort(bool IsSource, SsComparison Comparison, int Port) : SsFilter
{
    /// <summary>How ss itself writes "no matter which".</summary>
    private const int AnyPort = -1;

    internal override bool Matches(SsRow row)
    {
        int port = IsSource ? row.LocalPort : row.PeerPort;
        return Port == AnyPort || Comparison switch
        {
            SsComparison.Equal => port == Port,
            SsComparison.NotEqual => port != Port,
            SsComparison.Greater => port > Port,
            SsComparison.Less => port < Port,
            SsComparison.GreaterOrEqual => port >= Port,
            _ => port <= Port,
        };
    }
}

/// <summary><c>dev</c>: sockets bound to an interface.</summary>
internal sealed record SsFilterDevice(bool IsNegated, string Device) : SsFilter
{
    internal override bool Matches(SsRow row) => (row.Device == Device) != IsNegated;
}

/// <summary><c>autobound</c>: the port was the system's choice.</summary>
internal sealed record SsFilterAutobound : SsFilter
{
    internal override bool Matches(SsRow row) => row.LocalPort is >= 32768 and <= 60999 && row.State != TcpState.Listen;
}

/// <summary><c>fwmark</c>.</summary>
internal sealed record SsFilterMark(bool IsNegated, bool TakesNone) : SsFilter
{
    internal override bool Matches(SsRow row) => TakesNone != IsNegated;
}
