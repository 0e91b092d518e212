using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>A machine of a network.</summary>
/// <param name="Host">Its stack.</param>
/// <param name="IsRouter">It only passes packets on: it has a shell, and is left out of what <c>show</c> and the captures tell.</param>
/// <param name="Personality">One of <see cref="LabPersonality.Names"/>.</param>
internal sealed record LabMachineKind(Host Host, bool IsRouter = false, string Personality = "linux");

/// <summary>The networks a lab can have: those of the golden runs, or one of a topology file.</summary>
internal sealed class LabTopology
{
    /// <summary>How long a frame is under way on a short cable; the golden hosts needed as long.</summary>
    private static readonly TimeSpan s_short = TimeSpan.FromMicroseconds(20);

    /// <summary>The golden hosts' kernel had CONFIG_HZ=250.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(4);

    /// <summary>What a Linux machine has, though RFC 9293 wants more (MUST-23).</summary>
    private const int LinuxSynRetries = 6;

    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(400);

    public LabTopology(Network network, IReadOnlyList<LabMachineKind> machines, LabNames names, string description, Dictionary<Interface, LabQueue> queues, Interface[] slowable)
    {
        Queues = queues;
        Network = network;
        Machines = machines;
        Names = names;
        Description = description;
        Slowable = slowable;
        foreach (LabMachineKind machine in machines)
        {
            queues.Add(machine.Host.Loopback, new LabQueue(network.ConnectLoopback(machine.Host), machine.Host));
        }
    }

    /// <summary>Names of the networks.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["default", "slow", "shared"];

    public Network Network { get; }

    /// <summary>The hosts, then the routers.</summary>
    public IReadOnlyList<LabMachineKind> Machines { get; }

    public LabNames Names { get; }

    public string Description { get; }

    /// <summary>The queues of the interfaces that have a cable.</summary>
    public IReadOnlyDictionary<Interface, LabQueue> Queues { get; }

    /// <summary>The two ends of the cable whose delay <c>delay</c> sets.</summary>
    private IReadOnlyList<Interface> Slowable { get; }

    /// <summary>Sets the delay of the cable that <c>delay</c> is about, each way. False if the network has no such cable.</summary>
    public bool SetDelay(TimeSpan delay)
    {
        foreach (Interface end in Slowable)
        {
            Queues[end].CableDelay = delay;
        }

        return Slowable.Count > 0;
    }

    /// <summary>Builds a network; null if there is none of this name.</summary>
    public static LabTopology? Create(string kind, ulong seed) => kind switch
    {
        "default" => Routed(seed, s_short, ""),
        "slow" => Routed(seed, s_slow, ", 400 ms each way between router and juliet", PacketMemory.Linear), // a program holds the frames back and writes them anew
        "shared" => Shared(seed),
        _ => null,
    };

    /// <summary>Adds a machine with the defaults of a Linux machine.</summary>
    public static Host AddHost(Network network, string name, PacketMemory memory = PacketMemory.Paged)
    {
        var settings = new HostSettings { Name = name, Seed = network.Random.SeedOf("host " + name), DisableIpv6 = true, TimerTick = s_tick };
        settings.Tcp.SynRetries = LinuxSynRetries;
        settings.Sockets.FragmentDatagrams = true;
        settings.Sockets.OutOfBandInline = false;
        settings.Tcp.DelaysDoubtfulPathMtu = false;     // and one more default of a Linux machine
        settings.Tcp.ReceiveMemory = memory;
        settings.Tcp.SegmentationOffload = true;
        return network.AddHost(settings);
    }

    private static void Connect(Network network, Dictionary<Interface, LabQueue> queues, Interface a, Interface b, TimeSpan delay)
    {
        Cable cable = network.Connect(a, b, new LinkSettings { Delay = delay });
        queues.Add(a, new LabQueue(cable.AToB));
        queues.Add(b, new LabQueue(cable.BToA));
    }

    private static LabTopology Routed(ulong seed, TimeSpan delay, string remark, PacketMemory memory = PacketMemory.Paged)
    {
        var network = new Network(seed);
        Host romeo = AddHost(network, "romeo", memory);
        Host router = AddHost(network, "router");
        Host juliet = AddHost(network, "juliet", memory);
        router.Settings.IpForward = true;
        Interface romeoEnd = romeo.AddEthernet("eth1", new MacAddress(0x02_00_00_00_01_64));
        Interface towardsRomeo = router.AddEthernet("eth1", new MacAddress(0x02_00_00_00_01_01));
        Interface towardsJuliet = router.AddEthernet("eth2", new MacAddress(0x02_00_00_00_02_01));
        Interface julietEnd = juliet.AddEthernet("eth1", new MacAddress(0x02_00_00_00_02_64));
        romeoEnd.AddAddress(IpAddress.FromV4(10, 10, 1, 100), 24);
        towardsRomeo.AddAddress(IpAddress.FromV4(10, 10, 1, 1), 24);
        towardsJuliet.AddAddress(IpAddress.FromV4(10, 10, 2, 1), 24);
        julietEnd.AddAddress(IpAddress.FromV4(10, 10, 2, 100), 24);
        romeo.Routes.Add(IpAddress.AnyV4, 0, IpAddress.FromV4(10, 10, 1, 1), romeoEnd);
        juliet.Routes.Add(IpAddress.AnyV4, 0, IpAddress.FromV4(10, 10, 2, 1), julietEnd);
        var queues = new Dictionary<Interface, LabQueue>();
        Connect(network, queues, romeoEnd, towardsRomeo, s_short);
        Connect(network, queues, towardsJuliet, julietEnd, delay);
        var names = new LabNames(IpAddress.FromV4(10, 10, 2, 100), ("romeo", IpAddress.FromV4(10, 10, 1, 100)), ("juliet", IpAddress.FromV4(10, 10, 2, 100)), ("router", IpAddress.FromV4(10, 10, 1, 1)));
        return new LabTopology(network, [new(romeo), new(juliet), new(router, IsRouter: true)], names, "romeo 10.10.1.100 — 10.10.1.1 router 10.10.2.1 — juliet 10.10.2.100" + remark, queues, [towardsJuliet, julietEnd]);
    }

    private static LabTopology Shared(ulong seed)
    {
        var network = new Network(seed);
        Host romeo = AddHost(network, "romeo");
        Host juliet = AddHost(network, "juliet");
        Interface romeoEnd = romeo.AddEthernet("eth1", new MacAddress(0x02_00_00_00_03_01));
        Interface julietEnd = juliet.AddEthernet("eth1", new MacAddress(0x02_00_00_00_03_03));
        romeoEnd.AddAddress(IpAddress.FromV4(192, 168, 3, 1), 24);
        julietEnd.AddAddress(IpAddress.FromV4(192, 168, 3, 3), 24);
        var queues = new Dictionary<Interface, LabQueue>();
        Connect(network, queues, romeoEnd, julietEnd, s_short);
        var names = new LabNames(IpAddress.FromV4(192, 168, 3, 3), ("romeo", IpAddress.FromV4(192, 168, 3, 1)), ("juliet", IpAddress.FromV4(192, 168, 3, 3)));
        return new LabTopology(network, [new(romeo), new(juliet)], names, "romeo 192.168.3.1 — one link — juliet 192.168.3.3", queues, [romeoEnd, julietEnd]);
    }
}
