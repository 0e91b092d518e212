using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Which addresses <c>ip addr show</c> and <c>flush</c> mean.</summary>
internal sealed class AddressSelector
{
    private const int Unknown = 255;

    private AddressMatch? _to;
    private string? _scope;
    private string? _label;
    private bool? _isSecondary;

    public string? Device { get; private set; }

    public bool OnlyUp { get; private set; }

    /// <summary>True if some addresses of an interface may be left out: one without any is not shown then.</summary>
    public bool Selects => _to is not null || _scope is not null || _label is not null || _isSecondary is not null;

    /// <summary>The version of the prefix they were chosen by; null without one.</summary>
    public bool? IsV6 => _to?.Address.IsV6;

    /// <summary>Chosen by label, the addresses are shown alone.</summary>
    public bool ByLabel => _label is not null;

    /// <summary>Reads all words. Null if they are right.</summary>
    public ToolResult? Read(IpCommand.Words words, Host host)
    {
        Interface? on = null;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "to" or "scope" or "label" ? words.Take() : word;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            switch (word)
            {
                case "up": OnlyUp = true; break;
                case "primary" or "-secondary": _isSecondary = false; break;
                case "secondary" or "-primary": _isSecondary = true; break;
                case "permanent": break; // all are
                case "dynamic" or "tentative" or "deprecated" or "dadfailed" or "temporary": _scope = "none"; break; // none is
                case "label": _label = value; break;
                case "scope" when value is not ("host" or "link" or "global" or "site" or "all"): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: invalid \"scope\"\n");
                case "scope": _scope = value == "all" ? null : value; break;
                case "to" when IpChanges.TryParsePrefix(value, v6: false, out IpAddress address, out int length): _to = AddressMatch.FromPrefix(address, length); break;
                case "to": return IpChanges.NoPrefix(value, v6: false);
                default:
                    if (Device is not null)
                    {
                        return ToolResult.Failed(Unknown, $"Error: either \"dev\" is duplicate, or \"{value}\" is a garbage.");
                    }

                    Device = value;
                    break;
            }
        }

        if (Device is not null && !host.TryGetDevice(Device, out on))
        {
            return ToolResult.Failed(1, $"Device \"{Device}\" does not exist.");
        }

        Device = on?.Name;
        return null;
    }

    public bool Matches(InterfaceAddress address) =>
        (_to is not { } prefix || address.Address.SharesPrefix(prefix.Address, prefix.PrefixLength))
        && (_scope is null || IpText.ScopeOf(address.Address) == _scope)
        && (_label is null || ShellPattern.Fits(_label, address.Label))
        && (_isSecondary is not { } secondary || secondary == address.IsSecondary);
}
