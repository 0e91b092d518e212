using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>An interface as <c>ip</c> and <c>ifconfig</c> print it; plain data.</summary>
internal sealed record NetLink
{
    internal required int Index { get; init; }

    internal required string Name { get; init; }

    /// <summary>The further name it is found by; null for none.</summary>
    internal string? AlternativeName { get; init; }

    internal InterfaceKind Kind { get; init; } = InterfaceKind.Ethernet;

    internal bool IsUp { get; init; } = true;

    internal InterfaceModes Modes { get; init; }

    internal int Mtu { get; init; } = 1500;

    internal MacAddress Mac { get; init; }

    /// <summary>Frames that may wait for the link.</summary>
    internal int QueueLength { get; init; } = 1000;

    /// <summary>Its kind of queue; null for the usual one.</summary>
    internal string? Queue { get; init; }

    internal IReadOnlyList<InterfaceAddress> Addresses { get; init; } = [];

    internal long PacketsReceived { get; init; }

    internal long OctetsReceived { get; init; }

    internal long ReceiveDropped { get; init; }

    internal long PacketsSent { get; init; }

    internal long OctetsSent { get; init; }

    internal long TransmitDropped { get; init; }
}

/// <summary>A route; plain data.</summary>
/// <param name="Prefix">Destinations.</param>
/// <param name="PrefixLength">0 for the default route.</param>
/// <param name="Gateway">None if the destinations are on the link.</param>
/// <param name="Device">Name of the interface.</param>
/// <param name="Metric">0 is not printed.</param>
/// <param name="Source">None if the host chooses.</param>
/// <param name="IsConnected">True if it came with an address.</param>
internal sealed record NetRoute(IpAddress Prefix, int PrefixLength, IpAddress Gateway, string Device, int Metric = 0, IpAddress Source = default, bool IsConnected = false)
{
    internal RouteKind Kind { get; init; }

    /// <summary>Octets; 0 is not printed.</summary>
    internal int Mtu { get; init; }

    /// <summary>Null for boot.</summary>
    internal string? Protocol { get; init; }

    internal string ProtocolName => IsConnected ? "kernel" : Protocol ?? "boot";
}

/// <summary>A neighbour; plain data.</summary>
internal sealed record NetNeighbor(string Device, IpAddress Address, MacAddress Mac, NeighborState State);
