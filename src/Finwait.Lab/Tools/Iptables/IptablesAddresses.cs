using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The values of <c>-s</c> and <c>-d</c>.</summary>
internal static class IptablesAddresses
{
    private const int MaxAddresses = 256; // of one list; more is no rule that a person wrote

    /// <summary>Reads addresses, networks or host names by commas. An entry is null if it means every address.</summary>
    /// <param name="value">The word.</param>
    /// <param name="isInverted">True after <c>!</c>; not allowed with more than one address.</param>
    /// <param name="tool">For the version of IP.</param>
    /// <param name="names">To look up hosts.</param>
    /// <param name="fail">Takes what is wrong, and returns false.</param>
    /// <param name="addresses">The entries in order.</param>
    internal static bool TryParse(string value, bool isInverted, IptablesTool tool, ToolNames names, Func<string, bool> fail, out List<AddressMatch?> addresses)
    {
        addresses = [];
        string[] words = value.Split(',', MaxAddresses + 1);
        if (words.Length > MaxAddresses)
        {
            return fail($"more than {MaxAddresses} addresses in one list");
        }

        if (isInverted && words.Length > 1)
        {
            return fail("! not allowed with multiple source or destination IP addresses");
        }

        foreach (string word in words)
        {
            int slash = word.IndexOf('/');
            string host = (slash < 0 ? word : word[..slash]).Trim();
            IpAddress? mask = null;
            if (slash >= 0 && !TryParseMask(word[(slash + 1)..], tool.IsV6, out mask))
            {
                return fail($"invalid mask `{word[(slash + 1)..]}' specified");
            }

            if (!TryParseHost(host, tool.IsV6, names, out IpAddress address))
            {
                return fail($"host/network `{host}' not found");
            }

            AddressMatch whole = AddressMatch.FromPrefix(address, tool.IsV6 ? 128 : 32, isInverted);
            AddressMatch match = mask is { } given ? Masked(address, given, isInverted) : whole;
            addresses.Add(match.Mask.IsUnspecified && !isInverted ? null : match);
        }

        return true;
    }

    private static AddressMatch Masked(IpAddress address, IpAddress mask, bool isInverted) => address.IsV4
        ? new(IpAddress.FromV4(address.V4 & mask.V4), mask, isInverted)
        : new(IpAddress.FromV6(address.High & mask.High, address.Low & mask.Low), mask, isInverted);

    private static bool TryParseMask(string text, bool v6, out IpAddress? mask)
    {
        mask = null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            mask = length > (v6 ? 128 : 32) ? null : AddressMatch.FromPrefix(v6 ? IpAddress.AnyV6 : IpAddress.AnyV4, length).Mask;
            return mask is not null;
        }

        if (IpAddress.TryParse(text, out IpAddress parsed) && parsed.IsV6 == v6)
        {
            mask = parsed;
            return true;
        }

        return false;
    }

    private static bool TryParseHost(string text, bool v6, ToolNames names, out IpAddress address)
    {
        if (IpAddress.TryParse(text, out address) || names.TryFindHost(text, out address))
        {
            return address.IsV6 == v6;
        }

        // "10" and "10.1" are 10.0.0.0 and 10.1.0.0 here.
        int dots = text.AsSpan().Count('.');
        return !v6 && dots < 3 && text.Length > 0 && char.IsAsciiDigit(text[0]) && IpAddress.TryParse(text + string.Concat(Enumerable.Repeat(".0", 3 - dots)), out address);
    }
}
