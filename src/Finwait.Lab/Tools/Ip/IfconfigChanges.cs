using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>What <c>ifconfig NAME WORD …</c> changes: word for word in the order of the line, as net-tools does it; a word that is refused does not keep the next ones from being done.</summary>
internal sealed class IfconfigChanges
{
    private const int Refused = 255;

    private readonly Host _host;
    private readonly string _name;
    private readonly bool _isAlias;
    private readonly Interface? _on;
    private readonly StringBuilder _errors = new();
    private int _status;

    private IfconfigChanges(string name, Host host)
    {
        _host = host;
        _isAlias = name.Contains(':');
        _on = host.TryGetDevice(name, out Interface? on) ? on : null;
        _name = _isAlias || on is null ? name : on.Name;
    }

    /// <summary>Carries out the words behind the interface's name.</summary>
    internal static ToolResult Run(string name, string[] words, Host host) => new IfconfigChanges(name, host).Run(words);

    private ToolResult Run(string[] words)
    {
        int? length = null;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            bool takesValue = word is "netmask" or "mtu" or "add" or "del" or "txqueuelen" or "hw" or "dstaddr" or "tunnel" or "name" or "media" or "irq" or "mem_start" or "io_addr" or "outfill" or "keepalive";
            if (takesValue && ++i == words.Length)
            {
                return WrongUsage();
            }

            string value = words[i];
            bool hasMore = i + 1 < words.Length;
            switch (word)
            {
                case "inet" or "inet6": break; // the address tells
                case "up" or "down": Switch(word == "up"); break;
                case "mtu": SetMtu(value); break;
                case "netmask": SetMask(value); break;
                case "broadcast" when hasMore: SetBroadcast(words[++i]); break;
                case "broadcast" or "-broadcast": _errors.Append(word[0] == '-' ? $"Warning: Interface {_name} still in BROADCAST mode.\n" : ""); break;
                case "promisc" or "-promisc": SetMode(InterfaceModes.Promiscuous, word[0] != '-'); break;
                case "allmulti" or "-allmulti": SetMode(InterfaceModes.AllMulticast, word[0] != '-'); break;
                case "arp" or "-arp": SetMode(InterfaceModes.NoArp, word[0] == '-'); break;
                case "multicast" or "-multicast": SetMode(InterfaceModes.NoMulticast, word[0] == '-'); break;
                case "txqueuelen": SetQueue(value); break;
                case "hw" when value != "ether" || !hasMore: return WrongUsage();
                case "hw": SetMac(words[++i]); break;
                case "add" or "del" when !AddOrDelete(value, word == "add"): return WrongUsage();
                case "add" or "del": break;
                case "dynamic" or "-dynamic" or "trailers" or "-trailers" or "pointopoint" or "-pointopoint" or "dstaddr" or "tunnel" or "name" or "irq" or "mem_start" or "io_addr" or "outfill" or "keepalive" or "media":
                    Fail($"ifconfig: the lab's interfaces do not have '{word}'", 1);
                    break;
                default:
                    if (!SetAddress(word, ref length, out bool goesOn))
                    {
                        return WrongUsage();
                    }

                    if (!goesOn)
                    {
                        return new(_status, "", _errors.ToString());
                    }

                    break;
            }
        }

        if (length is int bits && Present is { } present)
        {
            Renew(present.Address, bits, "SIOCSIFNETMASK");
        }

        return new(_status, _status == 0 ? _errors.ToString() : "", _status == 0 ? "" : _errors.ToString());
    }

    /// <summary>The IPv4 address that the name stands for now.</summary>
    private InterfaceAddress? Present =>
        _on?.Addresses.Where(address => address.Address.IsV4 && address.Label == _name).Select(address => (InterfaceAddress?)address).FirstOrDefault();

    private static ToolResult WrongUsage() => new(3, "", IfconfigCommand.Usage);

    private void Fail(string text, int status)
    {
        _errors.Append(text).Append('\n');
        _status |= status;
    }

    private bool NeedsDevice(string call)
    {
        if (_on is null)
        {
            Fail($"{call}: No such device", 1);
        }

        return _on is not null;
    }

    private bool NeedsFlags()
    {
        if (_on is null)
        {
            Fail($"{_name}: ERROR while getting interface flags: No such device", Refused);
        }

        return _on is not null;
    }

    // An alias that is switched off is gone.
    private void Switch(bool isUp)
    {
        if (!NeedsFlags())
        {
            return;
        }

        if (_isAlias && Present is null)
        {
            Fail("SIOCSIFFLAGS: Cannot assign requested address", Refused);
        }
        else if (_isAlias && !isUp)
        {
            _on!.RemoveAddress(Present!.Value.Address);
        }
        else
        {
            IpChanges.Switch(_host, _on!, isUp);
        }
    }

    private void SetMode(InterfaceModes mode, bool isSet)
    {
        if (NeedsFlags())
        {
            _on!.Modes = isSet ? _on.Modes | mode : _on.Modes & ~mode;
        }
    }

    // A number is what stands at the beginning, as atoi() reads it.
    private static int Number(string text)
    {
        int end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    private void SetMtu(string text)
    {
        if (NeedsDevice("SIOCSIFMTU") && !IpChanges.TrySetMtu(_on!, Number(text), out _))
        {
            Fail("SIOCSIFMTU: Invalid argument", 1);
        }
    }

    private void SetQueue(string text)
    {
        if (NeedsDevice("SIOCSIFTXQLEN"))
        {
            _on!.TransmitQueueLimit = Number(text);
        }
    }

    private void SetMac(string text)
    {
        if (!TryReadMac(text, out MacAddress mac))
        {
            Fail($"{text}: invalid ether address.", 1);
        }
        else if (NeedsDevice("SIOCSIFHWADDR"))
        {
            if (_on!.Kind != InterfaceKind.Ethernet)
            {
                Fail("SIOCSIFHWADDR: Invalid argument", 1);
            }
            else if (mac.IsMulticast || mac.Value == 0)
            {
                Fail("SIOCSIFHWADDR: Cannot assign requested address", 1);
            }
            else
            {
                _on.Mac = mac;
            }
        }
    }

    /// <summary>A link address as net-tools reads one: what is missing at its end is zero.</summary>
    internal static bool TryReadMac(string text, out MacAddress mac)
    {
        int groups = text.Split(':').Length;
        return MacAddress.TryParse(groups is > 1 and < MacAddress.Length ? text + string.Concat(Enumerable.Repeat(":0", MacAddress.Length - groups)) : text, out mac);
    }

    private bool TryReadIpv4(string text, bool withHint, out IpAddress address)
    {
        address = text is "default" or "any" ? IpAddress.AnyV4 : default;
        if (!address.IsNone || ((IpAddress.TryParse(text, out address) || ShortAddress.TryParse(text, out address)) && address.IsV4))
        {
            return true;
        }

        bool isName = text.Length > 0 && char.IsAsciiLetter(text[0]);
        Fail($"{text}: {(isName ? "Host name lookup failure" : "Unknown host")}{(withHint ? "\n" + IfconfigCommand.Hint : "")}", 1);
        return false;
    }

    private void SetMask(string text)
    {
        if (!TryReadIpv4(text, withHint: false, out IpAddress mask) || !NeedsDevice("SIOCSIFNETMASK"))
        {
            return;
        }

        int ones = System.Numerics.BitOperations.PopCount(mask.V4);
        if (Present is not { } present)
        {
            Fail("SIOCSIFNETMASK: Cannot assign requested address", 1);
        }
        else if (mask != AddressMatch.FromPrefix(IpAddress.AnyV4, ones).Mask)
        {
            Fail("SIOCSIFNETMASK: Invalid argument", 1);
        }
        else
        {
            Renew(present.Address, ones, "SIOCSIFNETMASK");
        }
    }

    private void SetBroadcast(string text)
    {
        if (TryReadIpv4(text, withHint: false, out IpAddress broadcast) && NeedsDevice("SIOCSIFBRDADDR"))
        {
            if (Present is not { } present)
            {
                Fail("SIOCSIFBRDADDR: Cannot assign requested address", 1);
            }
            else
            {
                Renew(present.Address, present.PrefixLength, "SIOCSIFBRDADDR", broadcast);
            }
        }
    }

    /// <summary>A word that is no other: the address of the name. False for one that cannot be understood at all.</summary>
    /// <remarks>A word that is no address ends the line.</remarks>
    private bool SetAddress(string word, ref int? length, out bool goesOn)
    {
        goesOn = true;
        int slash = word.IndexOf('/');
        if (slash >= 0 && word.Contains(':'))
        {
            Fail($"getaddrinfo: {word}: -2\n{word}: Unknown host\n{IfconfigCommand.Hint}", 1);
            return !(goesOn = false);
        }

        if (slash >= 0)
        {
            if (!int.TryParse(word.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits) || bits > 32)
            {
                return false;
            }

            length = bits;
        }

        if (!TryReadIpv4(slash < 0 ? word : word[..slash], withHint: true, out IpAddress address))
        {
            return !(goesOn = false);
        }

        if (NeedsDevice("SIOCSIFADDR"))
        {
            Renew(address, ClassLength(address), "SIOCSIFADDR");
        }

        if (NeedsFlags() && !address.IsUnspecified && (!_isAlias || Present is not null))
        {
            IpChanges.Switch(_host, _on!, isUp: true); // giving an address switches the interface on
        }

        return true;
    }

    /// <summary>The name stands for this address from now on, and for none if that is 0.0.0.0.</summary>
    private void Renew(IpAddress address, int length, string call, IpAddress? broadcast = null)
    {
        InterfaceAddress? before = Present;
        if (before is { } old && old.Address == address)
        {
            broadcast ??= old.Broadcast == old.SubnetBroadcast ? null : old.Broadcast; // one that was set stays
            if (old.PrefixLength == length && (broadcast is null || broadcast == old.Broadcast))
            {
                return;
            }
        }

        if (before is { } gone)
        {
            _on!.RemoveAddress(gone.Address);
        }

        bool isTaken = _on!.Addresses.Any(other => other.Address == address);
        if (!address.IsUnspecified && (isTaken || !IpChanges.TryAddAddress(_on, address, length, _name, broadcast)))
        {
            Fail($"{call}: {(isTaken ? "File exists" : "Invalid argument")}", 1);
            if (before is { } kept)
            {
                _on.AddAddress(kept.Address, kept.PrefixLength, _name, kept.Broadcast);
            }
        }
    }

    /// <summary>add and del: of IPv4 an alias under the next free number. False if the length is none.</summary>
    private bool AddOrDelete(string text, bool isAdd)
    {
        string call = isAdd ? "SIOCSIFADDR" : "SIOCDIFADDR";
        int slash = text.IndexOf('/'), length = 128;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > 128))
        {
            return false;
        }

        if (IpAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out IpAddress address) && address.IsV6)
        {
            if (NeedsDevice(call))
            {
                ChangeV6(address, length, isAdd, call);
            }
        }
        else if (TryReadIpv4(text, withHint: false, out address) && NeedsDevice(call))
        {
            ChangeAlias(address, isAdd);
        }

        return true;
    }

    private void ChangeV6(IpAddress address, int length, bool isAdd, string call)
    {
        bool isThere = _on!.Addresses.Any(own => own.Address == address);
        string? why = !isAdd ? (isThere ? null : "Cannot assign requested address") : _host.Settings.DisableIpv6 && _on.Kind != InterfaceKind.Loopback ? "Permission denied" : isThere ? "File exists" : null;
        if (why is null && (isAdd ? !IpChanges.TryAddAddress(_on, address, length, null) : !_on.RemoveAddress(address)))
        {
            why = "Invalid argument";
        }

        if (why is not null)
        {
            Fail($"{call}: {why}", 1);
        }
    }

    private void ChangeAlias(IpAddress address, bool isAdd)
    {
        InterfaceAddress? alias = _on!.Addresses.Where(own => own.Address == address && own.Label.Contains(':')).Select(own => (InterfaceAddress?)own).FirstOrDefault();
        if (!isAdd)
        {
            _ = alias is { } gone && _on.RemoveAddress(gone.Address);
            return;
        }

        int number = Enumerable.Range(0, Interface.MaxAddresses).First(each => !_on.Addresses.Any(own => own.Label == string.Create(CultureInfo.InvariantCulture, $"{_on.Name}:{each}")));
        int length = _on.Addresses.Where(own => own.Address.IsV4).Select(own => (int?)own.PrefixLength).FirstOrDefault() ?? ClassLength(address);
        bool isTaken = _on.Addresses.Any(own => own.Address == address);
        if (isTaken || !IpChanges.TryAddAddress(_on, address, length, string.Create(CultureInfo.InvariantCulture, $"{_on.Name}:{number}")))
        {
            Fail($"SIOCSIFADDR: {(isTaken ? "File exists" : "Invalid argument")}", 1);
        }
    }

    // Without a mask the old classes count: A /8, B /16, C /24.
    private static int ClassLength(IpAddress address) => (address.V4 >> 24) switch { < 128 => 8, < 192 => 16, _ => 24 };
}
