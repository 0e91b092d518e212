using System.Globalization;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Names for addresses (a hosts file) and ports (a services file). Immutable; any thread may read it.</summary>
public sealed class ToolNames
{
    private static readonly Services s_services = Services.Parse(ServiceList.Text);

    private readonly Dictionary<IpAddress, string> _nameOf = [];
    private readonly Dictionary<string, IpAddress> _addressOf = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes the lines of a hosts file. For an address and for a name the first line counts.</summary>
    /// <param name="hosts">Pairs of address and name.</param>
    public ToolNames(IEnumerable<(IpAddress Address, string Name)> hosts)
    {
        foreach ((IpAddress address, string name) in hosts)
        {
            _nameOf.TryAdd(address, name);
            _addressOf.TryAdd(name, address);
        }
    }

    /// <summary>No host has a name.</summary>
    public static ToolNames ServicesOnly { get; } = new([]);

    /// <summary>The name of a host, or <c>null</c>. An IPv4 address in the mapped IPv6 form has the name of the IPv4 address.</summary>
    public string? HostName(IpAddress address) => _nameOf.GetValueOrDefault(Unmapped(address));

    /// <summary>The address of a host by its name; letters' case does not matter.</summary>
    public bool TryFindHost(string name, out IpAddress address) => _addressOf.TryGetValue(name, out address);

    /// <summary>The name of a port, or <c>null</c> if it has none.</summary>
    public string? ServiceName(int port, bool udp) => (udp ? s_services.UdpNames : s_services.TcpNames).GetValueOrDefault(port);

    /// <summary>The port of a service by any of its names; names are case-sensitive, as in the file.</summary>
    public bool TryFindService(string name, bool udp, out int port) => (udp ? s_services.UdpPorts : s_services.TcpPorts).TryGetValue(name, out port);

    /// <summary>The port's name, or its number.</summary>
    internal string PortText(int port, bool udp) => ServiceName(port, udp) ?? port.ToString(CultureInfo.InvariantCulture);

    /// <summary>::ffff:a.b.c.d as a.b.c.d, any other address as it is.</summary>
    internal static IpAddress Unmapped(IpAddress address) => IsMapped(address) ? IpAddress.FromV4((uint)address.Low) : address;

    /// <summary>True for ::ffff:0:0/96.</summary>
    internal static bool IsMapped(IpAddress address) => address.IsV6 && address.High == 0 && address.Low >> 32 == 0xFFFF;

    private sealed class Services
    {
        internal Dictionary<int, string> TcpNames { get; } = [];

        internal Dictionary<int, string> UdpNames { get; } = [];

        internal Dictionary<string, int> TcpPorts { get; } = [];

        internal Dictionary<string, int> UdpPorts { get; } = [];

        internal static Services Parse(string text)
        {
            Services services = new();
            foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                int colon = word.IndexOf(':');
                string port = word[..colon].TrimEnd('t', 'u');
                string[] names = word[(colon + 1)..].Split(',');
                int number = int.Parse(port, CultureInfo.InvariantCulture);
                if (word.AsSpan(port.Length, colon - port.Length).Contains('t'))
                {
                    Add(services.TcpNames, services.TcpPorts, number, names);
                }

                if (word.AsSpan(port.Length, colon - port.Length).Contains('u'))
                {
                    Add(services.UdpNames, services.UdpPorts, number, names);
                }
            }

            return services;
        }

        private static void Add(Dictionary<int, string> nameOf, Dictionary<string, int> portOf, int port, string[] names)
        {
            nameOf.TryAdd(port, names[0]);
            foreach (string name in names)
            {
                portOf.TryAdd(name, port);
            }
        }
    }
}
