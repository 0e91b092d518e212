using System.Numerics;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Which of its addresses the host puts into packets whose sender left the choice open.</summary>
internal static class SourceSelection
{
    /// <summary>IPv4 as Linux does it (RFC 1122 §3.3.4.3); IPv6 by the rules of RFC 6724 §5 that apply without policy table and temporary addresses.</summary>
    /// <returns>None if the host has no address of that version.</returns>
    public static IpAddress Choose(Host host, Interface via, IpAddress nextHop, IpAddress destination)
    {
        IpAddress best = destination.IsV6 ? BestV6(via, destination) : BestV4(via, nextHop);
        if (!best.IsNone)
        {
            return best;
        }

        foreach (Interface other in host.InterfaceList)
        {
            if (other != via && other.Kind != InterfaceKind.Loopback && other.IsUp)
            {
                best = destination.IsV6 ? BestV6(other, destination) : BestV4(other, nextHop);
                if (!best.IsNone)
                {
                    return best;
                }
            }
        }

        return default;
    }

    /// <summary>The first primary address whose subnet holds the next hop, else the first primary address.</summary>
    private static IpAddress BestV4(Interface via, IpAddress nextHop)
    {
        IpAddress first = default;
        foreach (InterfaceAddress own in via.AddressList)
        {
            if (own.Address.IsV4 && !own.IsSecondary)
            {
                if (own.Address.SharesPrefix(nextHop, own.PrefixLength))
                {
                    return own.Address;
                }

                first = first.IsNone ? own.Address : first;
            }
        }

        return first;
    }

    /// <summary>Rule 2, appropriate scope, then rule 8, the longest matching prefix; the first address wins a draw.</summary>
    private static IpAddress BestV6(Interface via, IpAddress destination)
    {
        IpAddress best = default;
        int bestRank = -1;
        int scope = Scope(destination);
        foreach (InterfaceAddress own in via.AddressList)
        {
            if (own.Address.IsV6)
            {
                int ownScope = Scope(own.Address);
                int rank = (ownScope == scope ? 512 : ownScope > scope ? 256 : 0) + Math.Min(CommonBits(own.Address, destination), own.PrefixLength);
                if (rank > bestRank)
                {
                    best = own.Address;
                    bestRank = rank;
                }
            }
        }

        return best;
    }

    internal static int Scope(IpAddress address)
    {
        const int Host = 1, Link = 2, Global = 14;
        if (address.IsMulticast)
        {
            return (int)(address.High >> 48 & 0xF);
        }

        return address.IsLoopback ? Host : address.High >> 54 == 0x3FA ? Link : Global; // fe80::/10
    }

    private static int CommonBits(IpAddress a, IpAddress b)
    {
        int high = BitOperations.LeadingZeroCount(a.High ^ b.High);
        return high < 64 ? high : 64 + BitOperations.LeadingZeroCount(a.Low ^ b.Low);
    }
}
