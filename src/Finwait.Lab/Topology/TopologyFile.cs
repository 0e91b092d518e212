using System.Globalization;
using System.Text.Json;
using Finwait.Inspect;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Builds the network that a topology file describes: hosts, routers, switches, links with impairments, personalities.</summary>
internal sealed partial class TopologyFile
{
    private const int MaxFileLength = 1 << 20;
    private const int MaxMachines = 100;
    private const int MaxSwitches = 100;
    private const int MaxLinks = 1000;
    private const int MaxInterfaces = 64;

    /// <summary>What a link does without netem's words: the 20 µs of a short cable.</summary>
    private static readonly LinkSettings s_cable = new() { Delay = TimeSpan.FromMicroseconds(20) };

    private static readonly string[] s_machineProperties = ["name", "interfaces", "gateway", "routes", "personality", "sysctl"];

    private readonly Network _network;
    private readonly List<LabMachineKind> _machines = [];
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Switch> _switches = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<Switch, Switch> _treeOf = [];
    private readonly HashSet<Interface> _connected = [];
    private readonly Dictionary<Interface, LabQueue> _queues = [];
    private readonly List<(Host Host, TopologyNode Node)> _routing = [];

    private TopologyFile(ulong seed) => _network = new Network(seed);

    /// <summary>Reads a file.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="seed">Seed of the network.</param>
    /// <param name="error">What is wrong, with line and property; empty if nothing is.</param>
    /// <returns>The network; null if something is wrong.</returns>
    public static LabTopology? Read(string json, ulong seed, out string error)
    {
        error = "";
        try
        {
            return json.Length > MaxFileLength ? throw new TopologyException($"the file is longer than {MaxFileLength} characters") : new TopologyFile(seed).Build(TopologyNode.Read(json));
        }
        catch (TopologyException e)
        {
            error = e.Message;
            return null;
        }
    }

    private LabTopology Build(TopologyNode root)
    {
        root.Expect("an object with hosts and links", "hosts", "routers", "switches", "links");
        TopologyNode hosts = root.Find("hosts") ?? throw root.Wrong("hosts are missing: \"hosts\": [ { \"name\": \"romeo\", \"interfaces\": { \"eth1\": \"10.10.1.100/24\" } } ]");
        foreach (TopologyNode node in hosts.List("hosts"))
        {
            AddMachine(node, isRouter: false);
        }

        if (_machines.Count == 0)
        {
            throw hosts.Wrong("at least one host is wanted");
        }

        foreach (TopologyNode node in root.Find("routers")?.List("routers") ?? [])
        {
            AddMachine(node, isRouter: true);
        }

        foreach (TopologyNode node in root.Find("switches")?.List("names of switches") ?? [])
        {
            AddSwitch(node);
        }

        IReadOnlyList<TopologyNode> links = root.Find("links")?.List("links") ?? [];
        if (links.Count > MaxLinks)
        {
            throw links[MaxLinks].Wrong($"more than {MaxLinks} links");
        }

        foreach (TopologyNode node in links)
        {
            AddLink(node);
        }

        foreach ((Host host, TopologyNode node) in _routing)
        {
            AddRoutes(host, node);
        }

        (string, IpAddress)[] names = [.. _machines.SelectMany(machine => FirstAddresses(machine.Host).Select(address => (machine.Host.Name, address)))];
        IpAddress server = FirstAddresses(_machines[_machines.Count(machine => !machine.IsRouter) - 1].Host).First();
        string description = string.Join(", ", _machines.Select(machine => machine.Host.Name + " " + string.Join(" ", OwnAddresses(machine.Host))));
        return new LabTopology(_network, _machines, new LabNames(server, names), description, _queues, []);
    }

    /// <summary>A name that a line of the lab can begin with, and that nobody else has.</summary>
    private string NewName(TopologyNode node)
    {
        string name = node.String("a name");
        if (name.Length is 0 or > 32 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || !char.IsAsciiLetter(name[0]))
        {
            throw node.Wrong($"'{name}' is no name: letters, digits, - and _, the first a letter, at most 32");
        }

        if (name.Equals("lab", StringComparison.OrdinalIgnoreCase) || LabSession.CommandNames.Contains(name.ToLowerInvariant()))
        {
            throw node.Wrong($"'{name}' is a word of the lab itself");
        }

        return _hosts.ContainsKey(name) || _switches.ContainsKey(name) ? throw node.Wrong($"the name '{name}' is taken") : name;
    }

    private void AddMachine(TopologyNode node, bool isRouter)
    {
        if (_machines.Count >= MaxMachines)
        {
            throw node.Wrong($"more than {MaxMachines} hosts and routers");
        }

        node.Expect($"a {(isRouter ? "router" : "host")} with name and interfaces", s_machineProperties);
        string name = NewName(node.Find("name") ?? throw node.Wrong("name is missing"));
        Host host = LabTopology.AddHost(_network, name);
        host.Settings.IpForward = isRouter;
        _hosts.Add(name, host);
        TopologyNode interfaces = node.Find("interfaces") ?? throw node.Wrong("interfaces are missing: \"interfaces\": { \"eth1\": \"10.10.1.100/24\" }");
        interfaces.Expect("an object that names interfaces, each with its address");
        if (interfaces.Properties.Count > MaxInterfaces)
        {
            throw interfaces.Wrong($"more than {MaxInterfaces} interfaces");
        }

        foreach ((string on, TopologyNode value) in interfaces.Properties)
        {
            AddInterface(host, on, value);
        }

        string personality = node.Find("personality")?.String("a personality") ?? "linux";
        if (!LabPersonality.Apply(host.Settings, personality))
        {
            throw node.Find("personality")!.Wrong($"there is no personality '{personality}'; there are {string.Join(" and ", LabPersonality.Names)}");
        }

        foreach ((string setting, TopologyNode value) in SettingsOf(node))
        {
            Set(host, setting, value);
        }

        AddLinkLocal(host);
        _machines.Add(new LabMachineKind(host, isRouter, personality));
        _routing.Add((host, node));
    }

    private static List<(string Name, TopologyNode Value)> SettingsOf(TopologyNode node)
    {
        TopologyNode? settings = node.Find("sysctl");
        settings?.Expect("an object of settings, \"net.ipv4.tcp_sack\": 0");
        return settings?.Properties ?? [];
    }

    private static void Set(Host host, string name, TopologyNode value)
    {
        string text = value.Kind is JsonValueKind.String or JsonValueKind.Number ? value.Text : throw value.Wrong("a number or a text is wanted");
        switch (SysctlTable.Set(host.Settings, name, text))
        {
            case Errno.ENOENT:
                throw value.Wrong($"there is no setting '{name}'{(NearestWord.Of(name, SysctlTable.Names) is { } near ? $"; did you mean {near}?" : "; finwait lab, then romeo$ sysctl -a lists them")}");
            case not Errno.None:
                throw value.Wrong($"'{text}' is no value for {name}");
        }
    }

    private void AddInterface(Host host, string name, TopologyNode node)
    {
        if (name.Length is 0 or > 15 || name == "lo" || name.Any(c => char.IsWhiteSpace(c) || c is ':' or '/'))
        {
            throw node.Wrong($"'{name}' is no name for an interface: at most 15 characters, without blanks, colons and slashes, and not lo");
        }

        TopologyNode? addresses = node, mac = null, mtu = null;
        if (node.Kind == JsonValueKind.Object)
        {
            node.Expect("an address", "addresses", "mac", "mtu");
            (addresses, mac, mtu) = (node.Find("addresses"), node.Find("mac"), node.Find("mtu"));
        }

        var own = new MacAddress(0x02_00_00_00_00_00UL | ((ulong)(uint)(_machines.Count + 1) << 8) | (uint)host.Interfaces.Count);
        if (mac is not null && !MacAddress.TryParse(mac.String("a MAC address"), out own))
        {
            throw mac.Wrong($"'{mac.Text}' is no MAC address: 02:00:00:00:01:64");
        }

        if (own.IsMulticast || own.Value == 0)
        {
            throw mac!.Wrong($"'{mac.Text}' can be no interface's address: it is {(own == MacAddress.Broadcast ? "everybody's" : own.Value == 0 ? "nobody's" : "a group's")}");
        }

        int octets = 1500;
        if (mtu is not null && (mtu.Kind != JsonValueKind.Number || !int.TryParse(mtu.Text, NumberStyles.None, CultureInfo.InvariantCulture, out octets) || octets is < 68 or > 65535))
        {
            throw mtu.Wrong("an MTU is a whole number of octets, 68 to 65535");
        }

        Interface added = host.AddEthernet(name, own, octets);
        foreach (TopologyNode address in addresses?.Kind == JsonValueKind.Array ? addresses.Items : addresses is null ? [] : [addresses])
        {
            AddAddress(host, added, address, mtu);
        }
    }

    private void AddSwitch(TopologyNode node)
    {
        if (_switches.Count >= MaxSwitches)
        {
            throw node.Wrong($"more than {MaxSwitches} switches");
        }

        string name = NewName(node);
        Switch added = _network.AddSwitch(name);
        _switches.Add(name, added);
        _treeOf.Add(added, added);
    }

    // ---- links -------------------------------------------------------------------------------------------------

    private void AddLink(TopologyNode node)
    {
        node.Expect("a link between two ends", "between", "netem");
        TopologyNode between = node.Find("between") ?? throw node.Wrong("between is missing: \"between\": [\"romeo:eth1\", \"router:eth1\"]");
        IReadOnlyList<TopologyNode> ends = between.List("two ends");
        if (ends.Count != 2)
        {
            throw between.Wrong($"a link has two ends, not {ends.Count}");
        }

        LinkSettings settings = s_cable;
        if (node.Find("netem") is { } words && !LinkSettings.TryParse(words.String("netem's words, \"delay 50ms loss 1%\","), out settings, out string complaint))
        {
            throw words.Wrong(complaint);
        }

        (Interface? a, Switch? switchA) = End(ends[0]);
        (Interface? b, Switch? switchB) = End(ends[1]);
        if (a is not null && b is not null)
        {
            Cable cable = _network.Connect(a, b, settings);
            _queues.Add(a, new LabQueue(cable.AToB));
            _queues.Add(b, new LabQueue(cable.BToA));
        }
        else if (switchA is not null && switchB is not null)
        {
            JoinSwitches(node, switchA, switchB);
            _network.Connect(switchA, switchB, settings);
        }
        else
        {
            Interface on = (a ?? b)!;
            _queues.Add(on, new LabQueue(_network.Connect(on, (switchA ?? switchB)!, settings).AToB));
        }
    }

    /// <summary>Two switches that are connected already must not be connected again: a frame to all would go round for ever.</summary>
    private void JoinSwitches(TopologyNode node, Switch a, Switch b)
    {
        (Switch treeA, Switch treeB) = (TreeOf(a), TreeOf(b));
        _treeOf[treeA] = treeA == treeB ? throw node.Wrong("this link closes a loop of switches, in which frames would go round for ever") : treeB;
    }

    private Switch TreeOf(Switch one)
    {
        while (_treeOf[one] != one)
        {
            one = _treeOf[one];
        }

        return one;
    }

    /// <summary>"romeo:eth1", or "romeo" if it has one interface; or the name of a switch.</summary>
    private (Interface? On, Switch? Across) End(TopologyNode node)
    {
        string text = node.String("an end, romeo:eth1 or the name of a switch,");
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        if (colon < 0 && _switches.TryGetValue(name, out Switch? across))
        {
            return (null, across);
        }

        if (!_hosts.TryGetValue(name, out Host? host))
        {
            throw node.Wrong($"there is no '{name}'; there are {string.Join(", ", _hosts.Keys.Concat(_switches.Keys))}");
        }

        Interface[] own = [.. host.Interfaces.Where(on => on.Kind == InterfaceKind.Ethernet && (colon < 0 || on.Name == text[(colon + 1)..]))];
        if (own.Length != 1)
        {
            string names = string.Join(", ", host.Interfaces.Where(on => on.Kind == InterfaceKind.Ethernet).Select(on => $"{host.Name}:{on.Name}"));
            throw node.Wrong(own.Length == 0 ? $"{name} has no such interface; there {(names.Length == 0 ? "is none" : "is " + names)}" : $"{name} has several interfaces: which of {names}?");
        }

        return _connected.Add(own[0]) ? (own[0], null) : throw node.Wrong($"{name}:{own[0].Name} has a link already");
    }
}
