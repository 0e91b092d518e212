using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Which routes <c>ip route show</c> and <c>flush</c> mean. What all chosen routes share is left out where they are printed.</summary>
internal sealed class RouteSelector
{
    private const int Unknown = 255;

    private AddressMatch? _exact;
    private AddressMatch? _root;
    private AddressMatch? _match;
    private IpAddress _source;
    private int? _metric;
    private string? _kind;

    public string? Device { get; private set; }

    public string? Protocol { get; private set; }

    public string? Scope { get; private set; }

    public IpAddress Gateway { get; private set; }

    /// <summary>main, local, default or all.</summary>
    public string Table { get; private set; } = "main";

    /// <summary>True once a word was read.</summary>
    public bool IsGiven { get; private set; }

    /// <summary><c>cache</c>: nothing of the tables.</summary>
    public bool IsCache { get; private set; }

    /// <summary>IPv6 if the words say so.</summary>
    public bool? IsV6 { get; private set; }

    /// <summary>Reads all words. Null if they are right.</summary>
    public ToolResult? Read(IpCommand.Words words, Host host, bool v6)
    {
        while (words.Take() is { } word)
        {
            IsGiven = true;
            bool takesValue = word is "dev" or "oif" or "iif" or "exact" or "to" or "root" or "match" or "table" or "via" or "proto" or "protocol" or "scope" or "src" or "type" or "metric" or "priority";
            string? value = takesValue ? words.Take() : word;
            if (word is "to" && value is "root" or "match" or "exact")
            {
                (word, value) = (value, words.Take());
            }

            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            if (Take(word, value, host, v6) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    public bool Matches(NetRoute route) =>
        (Device is null || route.Device == Device)
        && (Gateway.IsNone || route.Gateway == Gateway)
        && (_source.IsNone || route.Source == _source)
        && (_metric is null || route.Metric == _metric)
        && (Protocol is null || route.ProtocolName == Protocol)
        && (Scope is null || IpText.ScopeOf(route) == Scope)
        && (_kind is null || _kind == IpText.KindOf(route))
        && (_exact is not { } exact || (exact.Address == route.Prefix && exact.PrefixLength == route.PrefixLength))
        && (_root is not { } root || (route.PrefixLength >= root.PrefixLength && route.Prefix.SharesPrefix(root.Address, root.PrefixLength)))
        && (_match is not { } match || (route.PrefixLength <= match.PrefixLength && match.Address.SharesPrefix(route.Prefix, route.PrefixLength)));

    private ToolResult? Take(string word, string value, Host host, bool v6)
    {
        IpAddress address;
        Interface? on = null;
        switch (word)
        {
            case "dev" or "oif" or "iif" when !host.TryGetDevice(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
            case "dev" or "oif" or "iif": Device = on!.Name; return null;
            case "table" when value is not ("main" or "local" or "default" or "all" or "254" or "255" or "253" or "0" or "cache"): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: table id value is invalid\n");
            case "table" when value == "cache": IsCache = true; return null;
            case "table": Table = value switch { "254" => "main", "255" => "local", "253" => "default", "0" => "all", _ => value }; return null;
            case "via" or "src" when !IpAddress.TryParse(value, out address): return IpChanges.NoAddress(value, v6);
            case "via": Gateway = IpAddress.Parse(value); return null;
            case "src": _source = IpAddress.Parse(value); return null;
            case "proto" or "protocol" when value is not ("kernel" or "boot" or "static" or "all" or "redirect" or "dhcp" or "ra"): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: invalid \"protocol\"\n");
            case "proto" or "protocol": Protocol = value == "all" ? null : value; return null;
            case "scope" when value is not ("link" or "global" or "host" or "site" or "nowhere" or "all"): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: invalid \"scope\"\n");
            case "scope": Scope = value == "all" ? null : value; return null;
            case "type": _kind = value; return null;
            case "metric" or "priority" when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: \"metric\" value is invalid\n");
            case "metric" or "priority": _metric = int.Parse(value, CultureInfo.InvariantCulture); return null;
            case "cache": IsCache = true; return null;
            case "all": return null;
        }

        if (!IpChanges.TryParsePrefix(value, v6, out address, out int length))
        {
            return IpChanges.NoPrefix(value, v6);
        }

        IsV6 = address.IsV6;
        AddressMatch match = AddressMatch.FromPrefix(address, length);
        (_root, _match, _exact) = word switch { "root" => (match, _match, _exact), "match" => (_root, match, _exact), _ => (_root, _match, (AddressMatch?)match) };
        return null;
    }
}
