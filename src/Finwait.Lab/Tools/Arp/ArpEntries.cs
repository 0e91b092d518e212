using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>What <c>arp -s</c>, <c>-d</c> and <c>-f</c> change in a host's table of neighbours.</summary>
internal sealed class ArpEntries
{
    private const int Refused = 255;
    private static readonly ToolResult s_wrongUsage = new(3, "", "");

    private readonly ILabMachine _machine;
    private readonly Host _host;
    private readonly Instant _now;
    private readonly bool _useDevice;
    private readonly bool _isVerbose;

    /// <summary>For one command line.</summary>
    /// <param name="machine">For names that stand for addresses.</param>
    /// <param name="host">Whose table.</param>
    /// <param name="now">The time.</param>
    /// <param name="device"><c>-i</c>; null without it.</param>
    /// <param name="useDevice"><c>-D</c>: the link address is that of an interface.</param>
    /// <param name="isVerbose"><c>-v</c>.</param>
    internal ArpEntries(ILabMachine machine, Host host, Instant now, string? device, bool useDevice, bool isVerbose)
    {
        (_machine, _host, _now, _useDevice, _isVerbose) = (machine, host, now, useDevice, isVerbose);
        Device = device is not null && host.TryGetInterface(device, out Interface? named) ? named.Name : device;
    }

    /// <summary>The interface of <c>-i</c> by its first name.</summary>
    internal string? Device { get; }

    /// <summary>Forgets one: HOST and what may stand behind it.</summary>
    internal ToolResult Delete(string[] words)
    {
        if (words.Length == 0)
        {
            return Fail("arp: need host name");
        }

        if (!TryFind(words[0], out IpAddress address))
        {
            return Fail($"{words[0]}: Host name lookup failure");
        }

        Place place = new(Device);
        if (!place.TryRead(words.AsSpan(1)))
        {
            return s_wrongUsage;
        }

        NeighborEntry? entry = place.IsPublished ? null : _host.Neighbors.Entries.FirstOrDefault(entry => entry.Address == address && entry.State != NeighborState.Failed && (place.Device is null || entry.On.Name == place.Device));
        return entry is null || !_host.Neighbors.Remove(entry.On, address) ? Fail($"No ARP entry for {words[0]}") : new(0, "", _isVerbose ? "arp: SIOCDARP(dontpub)\n" : "");
    }

    /// <summary>Sets one: HOST, link address and what may stand behind them.</summary>
    internal ToolResult Set(ReadOnlySpan<string> words)
    {
        if (words.Length == 0)
        {
            return Fail("arp: need host name");
        }

        if (!TryFind(words[0], out IpAddress address))
        {
            return Fail($"{words[0]}: Host name lookup failure");
        }

        if (words.Length == 1)
        {
            return Fail("arp: need hardware address");
        }

        MacAddress mac;
        if (_useDevice)
        {
            if (!_host.TryGetInterface(words[1], out Interface? model))
            {
                return Fail($"arp: cant get HW-Address for `{words[1]}': No such device.");
            }

            mac = model.Mac;
        }
        else if (!IfconfigChanges.TryReadMac(words[1], out mac))
        {
            return Fail("arp: invalid hardware address");
        }

        Place place = new(Device);
        if (!place.TryRead(words[2..]))
        {
            return s_wrongUsage;
        }

        return place.IsPublished ? Fail("arp: the lab's hosts answer for their own addresses only: 'pub' is not there") : Set(address, mac, place);
    }

    /// <summary>Sets those of a file, one a line; wrong lines are told and left out.</summary>
    internal ToolResult SetAll(string file, string text)
    {
        StringBuilder output = new(), errors = new();
        int number = 0;
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            number++;
            output.Append(_isVerbose ? $">> {line}\n" : "");
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
            {
                continue;
            }

            if (words.Length == 1)
            {
                errors.Append($"arp: format error on line {number} of etherfile {file} !\n");
                continue;
            }

            ToolResult result = Set(words);
            errors.Append(result.Error).Append(result.Status == 0 ? "" : $"arp: cannot set entry on line {number} of etherfile {file} !\n");
        }

        return new(0, output.ToString(), errors.ToString());
    }

    private ToolResult Set(IpAddress address, MacAddress mac, Place place)
    {
        // The kernel asks which interface reaches the address without a gateway.
        Interface? on = _host.Interfaces.FirstOrDefault(each => each.Name == place.Device) ?? (place.Device is null && _host.Routes.TryLookup(address, out Route? route) && route.Gateway.IsNone ? route.Via : null);
        bool isOurs = _host.Interfaces.Any(each => each.Addresses.Any(own => own.Address == address)) || address.IsUnspecified;
        string? why = on is null && place.Device is not null ? "No such device"
            : place.IsRefused || isOurs || on is { Kind: not InterfaceKind.Ethernet } ? "Invalid argument"
            : on is null ? "Network is unreachable"
            : !_host.Neighbors.Set(_now, on, address, mac, place.IsTemporary ? NeighborState.Stale : NeighborState.Permanent) ? "No buffer space available" : null;
        return why is not null ? Fail("SIOCSARP: " + why) : new(0, "", _isVerbose ? "arp: SIOCSARP()\n" : "");
    }

    private bool TryFind(string name, out IpAddress address) => _machine.Resolve(name, out address) && address.IsV4;

    private static ToolResult Fail(string text) => ToolResult.Failed(Refused, text);

    /// <summary>The words behind an entry: where it is, and of which kind.</summary>
    private record struct Place(string? Device)
    {
        internal bool IsTemporary { get; private set; }

        internal bool IsPublished { get; private set; }

        /// <summary>The kernel takes a mask of all ones only, and a ban on answering for no lasting entry.</summary>
        internal bool IsRefused { get; private set; }

        /// <summary>False if there is a word that is none of these.</summary>
        internal bool TryRead(ReadOnlySpan<string> words)
        {
            for (int i = 0; i < words.Length; i++)
            {
                switch (words[i])
                {
                    case "temp": IsTemporary = true; break;
                    case "pub": IsPublished = true; break;
                    case "dontpub": IsRefused = true; break;
                    case "priv" or "trail" or "auto": break;
                    case "dev" when i + 1 < words.Length: Device = words[++i]; break;
                    case "netmask" when i + 1 < words.Length: IsRefused |= words[++i] != "255.255.255.255"; break;
                    default: return false;
                }
            }

            return true;
        }
    }
}
