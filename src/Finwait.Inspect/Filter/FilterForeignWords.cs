using System.Collections.Frozen;

namespace Finwait.Inspect;

/// <summary>Words of the language about links that no capture we filter is from, and what is said of them.</summary>
internal static class FilterForeignWords
{
    private static readonly FrozenDictionary<string, string> s_errors = All().ToFrozenDictionary(StringComparer.Ordinal);

    public static bool TryError(string word, out string? error) => s_errors.TryGetValue(word, out error);

    private static Dictionary<string, string> All()
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["type"] = "802.11 link-layer types supported only on 802.11",
            ["subtype"] = "802.11 link-layer types supported only on 802.11",
            ["dir"] = "frame direction supported only with 802.11 headers",
            ["direction"] = "frame direction supported only with 802.11 headers",
            ["oamf4ec"] = "'oam4ec' supported only on raw ATM",
            ["oamf4sc"] = "'oam4sc' supported only on raw ATM",
            ["on"] = "ifname supported only on PF linktype",
            ["ifname"] = "ifname supported only on PF linktype",
            ["rset"] = "ruleset supported only on PF linktype",
            ["ruleset"] = "ruleset supported only on PF linktype",
            ["rnr"] = "rnr supported only on PF linktype",
            ["rulenum"] = "rnr supported only on PF linktype",
            ["srnr"] = "srnr supported only on PF linktype",
            ["subrulenum"] = "srnr supported only on PF linktype",
            ["reason"] = "reason supported only on PF linktype",
            ["action"] = "action supported only on PF linktype",
            ["lsu"] = "'lssu' supported only on MTP2",
        };
        foreach (string word in new[] { "addr1", "addr2", "addr3", "addr4", "address1", "address2", "address3", "address4", "ra", "ta" })
        {
            errors[word] = "ethernet address used in non-ether expression";
        }

        foreach (string word in new[] { "lane", "metac", "bcc", "oam", "oamf4", "sc", "ilmic", "connectmsg", "metaconnect", "vpi", "vci" })
        {
            errors[word] = $"'{word}' supported only on raw ATM";
        }

        foreach (string word in new[] { "fisu", "lssu", "msu" })
        {
            errors[word] = $"'{word}' supported only on MTP2";
            errors["h" + word] = $"'h{word}' supported only on MTP2_HSL";
        }

        foreach (string word in new[] { "sio", "opc", "dpc", "sls" })
        {
            errors[word] = $"'{word}' supported only on SS7";
            errors["h" + word] = $"'{word}' supported only on SS7";
        }

        return errors;
    }
}
