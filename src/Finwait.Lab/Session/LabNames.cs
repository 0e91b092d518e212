using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The names of a lab network: which addresses they stand for, and which are printed.</summary>
internal sealed class LabNames
{
    private readonly Dictionary<string, IpAddress> _addresses = new(StringComparer.OrdinalIgnoreCase);

    public LabNames(IpAddress server, params (string Name, IpAddress Address)[] hosts)
    {
        Server = server;
        foreach ((string name, IpAddress address) in hosts)
        {
            _addresses[name] = address;
        }

        _addresses["localhost"] = IpAddress.FromV4(127, 0, 0, 1);
    }

    /// <summary>The address of juliet, which plays the server.</summary>
    public IpAddress Server { get; }

    /// <summary>Only localhost has a name when addresses are printed: the golden hosts have no others in their files.</summary>
    public ToolNames Tools { get; } = new([(IpAddress.FromV4(127, 0, 0, 1), "localhost")]);

    /// <summary>For tcpdump.</summary>
    public static IReadOnlyDictionary<IpAddress, string> Printed { get; } = new Dictionary<IpAddress, string> { [IpAddress.FromV4(127, 0, 0, 1)] = "localhost", [IpAddress.FromV6(0, 1)] = "localhost" };

    /// <summary>All names as a file of hosts has them.</summary>
    public string List => string.Concat(_addresses.OrderBy(entry => entry.Key == "localhost" ? 0 : 1).Select(entry => $"{entry.Value}\t{entry.Key}\n"));

    public bool TryFind(string name, out IpAddress address) => _addresses.TryGetValue(name.TrimEnd('.'), out address);
}
