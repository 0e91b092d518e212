using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Follows the chain of headers behind an IP header.</summary>
internal static class ProtocolChains
{
    /// <summary>Says whether a chain holds a protocol; false if octets are missing.</summary>
    public static bool Find(ReadOnlySpan<byte> data, int networkOffset, bool v6, byte wanted, out bool found)
    {
        found = false;
        int protocolAt = networkOffset + (v6 ? 6 : 9);
        if (data.Length <= protocolAt)
        {
            return false;
        }

        byte protocol = data[protocolAt];
        int at = networkOffset + (v6 ? 40 : (data[networkOffset] & 0xF) * 4);
        while (protocol != wanted && protocol != IpProtocol.NoNextHeader)
        {
            int unit;
            int extra;
            if (v6 && protocol is IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing or IpProtocol.Fragment)
            {
                (unit, extra) = (8, 1);
            }
            else if (protocol == IpProtocol.AuthenticationHeader)
            {
                (unit, extra) = (4, 2);
            }
            else
            {
                return true;
            }

            if (data.Length < at + 2)
            {
                return false;
            }

            protocol = data[at];
            at += (data[at + 1] + extra) * unit;
        }

        found = protocol == wanted;
        return true;
    }
}
