using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The names of a lab network: which addresses they stand for, and which are printed.</summary>
internal sealed class LabNames
{
    private readonly Dictionary<string, IpAddress> _addresses = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>IPv6 addresses of names that have an IPv4 address too.</summary>
    private readonly Dictionary<string, IpAddress> _second = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="server">The address of the machine that plays the server.</param>
    /// <param name="hosts">Names with their addresses; of a name that stands twice, the first is the one it has without a family asked for.</param>
    public LabNames(IpAddress server, params (string Name, IpAddress Address)[] hosts)
    {
        Server = server;
        foreach ((string name, IpAddress address) in hosts)
        {
            if (!_addresses.TryAdd(name, address))
            {
                _second[name] = address;
            }
        }

        _addresses["localhost"] = IpAddress.FromV4(127, 0, 0, 1);
        _second["localhost"] = IpAddress.FromV6(0, 1);
    }

    /// <summary>The address of juliet, which plays the server.</summary>
    public IpAddress Server { get; }

    /// <summary>Only localhost has a name when addresses are printed: the golden hosts have no others in their files.</summary>
    public ToolNames Tools { get; } = new([(IpAddress.FromV4(127, 0, 0, 1), "localhost"), (IpAddress.FromV6(0, 1), "localhost")]);

    /// <summary>For tcpdump.</summary>
    public static IReadOnlyDictionary<IpAddress, string> Printed { get; } = new Dictionary<IpAddress, string> { [IpAddress.FromV4(127, 0, 0, 1)] = "localhost", [IpAddress.FromV6(0, 1)] = "localhost" };

    /// <summary>All names as a file of hosts has them.</summary>
    public string List => string.Concat(_addresses.Concat(_second).OrderBy(entry => entry.Key == "localhost" ? 0 : 1).Select(entry => $"{entry.Value}\t{entry.Key}\n"));

    /// <param name="name">The name.</param>
    /// <param name="v6">The family that is wanted; null for the usual address.</param>
    /// <param name="address">The address; of the other family if the name has none of the one that is wanted.</param>
    public bool TryFind(string name, bool? v6, out IpAddress address)
    {
        bool found = _addresses.TryGetValue(name.TrimEnd('.'), out address);
        address = found && v6 is { } wanted && wanted != address.IsV6 && _second.TryGetValue(name.TrimEnd('.'), out IpAddress second) ? second : address;
        return found;
    }
}
