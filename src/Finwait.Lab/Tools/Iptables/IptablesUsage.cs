namespace Finwait.Lab;

/// <summary>What <c>iptables -h</c> prints.</summary>
internal static class IptablesUsage
{
    internal static string Text(IptablesTool tool) => $$"""
        {{tool.Program}} {{IptablesTool.Version}} ({{tool.Variant}})

        Usage: {{tool.Program}} -[ACD] chain rule-specification [options]
               {{tool.Program}} -I chain [rulenum] rule-specification [options]
               {{tool.Program}} -R chain rulenum rule-specification [options]
               {{tool.Program}} -D chain rulenum [options]
               {{tool.Program}} -[LS] [chain [rulenum]] [options]
               {{tool.Program}} -[FZ] [chain] [options]
               {{tool.Program}} -[NX] chain
               {{tool.Program}} -E old-chain-name new-chain-name
               {{tool.Program}} -P chain ACCEPT|DROP

        Rules:
        [!] -p --protocol tcp|udp|icmp|NUMBER|all
        [!] -s --source ADDRESS[/MASK][,...]      [!] -d --destination ADDRESS[/MASK][,...]
        [!] -i --in-interface NAME[+]             [!] -o --out-interface NAME[+]
        [!] -f --fragment                         -c --set-counters PACKETS BYTES
        with -p tcp:   [!] --sport PORT[:PORT]  [!] --dport PORT[:PORT]  [!] --tcp-flags MASK SET  [!] --syn
        with -p udp:   [!] --sport PORT[:PORT]  [!] --dport PORT[:PORT]
        with -p icmp:  [!] --icmp-type TYPE[/CODE]
        -m limit --limit N[/second|/minute|/hour|/day] [--limit-burst N]
        -m length [!] --length N[:N]
        -m statistic --mode nth|random [!] --every N --packet P | [!] --probability P
        -m state [!] --state NEW,ESTABLISHED,RELATED,INVALID
        -m conntrack [!] --ctstate NEW,ESTABLISHED,RELATED,INVALID
        -m comment --comment TEXT
        -j ACCEPT | DROP | RETURN | CHAIN         -g CHAIN
        -j REJECT [--reject-with TYPE]            -j LOG [--log-prefix TEXT] [--log-level LEVEL]

        Lists: -n no names  -v counters, interfaces  -x counters in full  --line-numbers

        """;
}
