using System.Globalization;
using System.Text;
using Finwait.Sim;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>iproute2's <c>tc qdisc</c> (6.1) for netem at the root of an interface: what happens to the frames that leave it.</summary>
internal static class TcCommand
{
    private const int KernelRefused = 2, Unknown = 255;

    private const string Usage = """
        Usage: tc [ -s ] qdisc [ add | del | replace | change | show ] dev STRING
               [ handle QHANDLE ] [ root ] [ netem OPTIONS ]

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>tc</c>.</param>
    /// <param name="host">The host.</param>
    /// <param name="queues">The queues of its interfaces.</param>
    internal static ToolResult Run(IReadOnlyList<string> arguments, Host host, IReadOnlyDictionary<Interface, LabQueue> queues)
    {
        int at = 0;
        bool statistics = false;
        for (; at < arguments.Count && arguments[at].StartsWith('-'); at++)
        {
            switch (arguments[at])
            {
                case "-s" or "-stats" or "-statistics":
                    statistics = true;
                    break;
                case "-d" or "-details" or "-n" or "-color" or "-c":
                    break; // nothing looks other here
                case "-V" or "-Version":
                    return ToolResult.Done("tc utility, iproute2-6.1.0\n");
                case "-h" or "-help":
                    return ToolResult.Done(Usage);
                case "-p" or "-pretty" or "-o" or "-oneline" or "-iec" or "-nm":
                    break;
                case "-j" or "-json" or "-b" or "-batch" or "-force" or "-cf" or "-br" or "-N" or "-r":
                    return ToolResult.Failed(Unknown, $"tc: the lab's tc does not have {arguments[at]}");
                default:
                    return ToolResult.Failed(Unknown, $"Option \"{arguments[at]}\" is unknown, try \"tc -help\".");
            }
        }

        if (at == arguments.Count)
        {
            return ToolResult.Done(Usage);
        }

        string about = arguments[at++];
        if (!Begins("qdisc", about))
        {
            return Begins("class", about) || Begins("filter", about) ? ToolResult.Failed(1, $"tc: the lab's interfaces have one queue: there is no '{about}' here") : ToolResult.Failed(Unknown, $"Object \"{about}\" is unknown, try \"tc help\".");
        }

        string command = at < arguments.Count ? arguments[at++] : "show";
        string[] words = [.. arguments.Skip(at)];
        return Begins("show", command) || Begins("list", command) || command is "lst" or "ls" ? Show(words, host, queues, statistics)
            : Begins("add", command) || Begins("change", command) || Begins("replace", command) || Begins("delete", command) ? Change(command, words, host, queues)
            : command == "help" ? ToolResult.Done(Usage) : ToolResult.Failed(Unknown, $"Command \"{command}\" is unknown, try \"tc qdisc help\".");
    }

    private static bool Begins(string whole, string beginning) => beginning.Length > 0 && whole.StartsWith(beginning, StringComparison.Ordinal);

    private static ToolResult NotComplete() => ToolResult.Failed(Unknown, "Command line is not complete. Try option \"help\"");

    private static ToolResult Show(string[] words, Host host, IReadOnlyDictionary<Interface, LabQueue> queues, bool statistics)
    {
        string? device = null;
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "dev")
            {
                if (++i == words.Length)
                {
                    return NotComplete();
                }

                device = words[i];
            }
            else if (words[i] != "root")
            {
                return ToolResult.Failed(1, $"What is \"{words[i]}\"? Try \"tc qdisc help\".");
            }
        }

        Interface? only = null;
        if (device is not null && !host.TryGetDevice(device, out only))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        StringBuilder text = new();
        foreach (Interface on in host.Interfaces.Where(on => only is null || on == only))
        {
            string where = device is null ? $"dev {on.Name} " : "";
            LabQueue? queue = queues.GetValueOrDefault(on);
            if (queue?.Netem is { } netem)
            {
                text.Append(CultureInfo.InvariantCulture, $"qdisc netem {queue.Handle:x}: {where}root refcnt 2 ");
                NetemText.Append(text, netem);
                text.Append('\n');
            }
            else
            {
                text.Append(on.Kind == InterfaceKind.Loopback ? $"qdisc noqueue 0: {where}root refcnt 2 \n" : $"qdisc pfifo_fast 0: {where}root refcnt 2 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n");
            }

            if (statistics)
            {
                (long frames, long octets, long dropped) = queue?.Counts ?? default;
                (int backlog, long waiting) = queue?.Backlog ?? default;
                text.Append(CultureInfo.InvariantCulture, $" Sent {octets} bytes {frames} pkt (dropped {dropped}, overlimits 0 requeues 0) \n backlog {waiting}b {backlog}p requeues 0\n");
            }
        }

        return ToolResult.Done(text.ToString());
    }

    private static ToolResult Change(string command, string[] words, Host host, IReadOnlyDictionary<Interface, LabQueue> queues)
    {
        if (ReadPlace(words, out string? device, out int handle, out bool isRoot, out string[] rest) is { } failure)
        {
            return failure;
        }

        if (device is null)
        {
            return ToolResult.Failed(KernelRefused, "RTNETLINK answers: No such device");
        }

        if (!host.TryGetDevice(device, out Interface? on))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        LabQueue queue = queues[on];

        if (Begins("delete", command))
        {
            return Delete(queue, isRoot, handle, rest);
        }

        if (rest is not ["netem", ..])
        {
            return ToolResult.Failed(KernelRefused, rest.Length == 0 || !isRoot ? "Error: Specified qdisc kind is unknown." : $"tc: the lab's interfaces have netem only: '{rest[0]}' is not there");
        }

        bool adds = Begins("add", command), changes = Begins("change", command);
        ToolResult? wrong = NetemWords.Read(rest[1..], adds ? null : queue.Netem, out LinkSettings settings);
        if (wrong is null && on.Kind == InterfaceKind.Loopback && settings.Corrupt > 0)
        {
            return ToolResult.Failed(KernelRefused, "tc: what stays in the host has no checksums here: nobody would notice 'corrupt' on the lab's lo");
        }

        return wrong ?? Carry(queue, settings, handle, isRoot, adds, changes);
    }

    private static ToolResult Carry(LabQueue queue, LinkSettings settings, int handle, bool isRoot, bool adds, bool changes)
    {
        if (!isRoot && handle == 0)
        {
            return ToolResult.Failed(KernelRefused, "Error: Handle cannot be zero.");
        }

        if (adds && queue.Netem is not null)
        {
            return ToolResult.Failed(KernelRefused, "Error: Exclusivity flag on, cannot modify.");
        }

        if (changes && queue.Netem is null)
        {
            return ToolResult.Failed(KernelRefused, "Error: Qdisc not found. To create specify NLM_F_CREATE flag.");
        }

        if (queue.Netem is null || (handle != 0 && handle != queue.Handle))
        {
            queue.Set(settings, handle);
        }
        else
        {
            queue.Change(settings);
        }

        return ToolResult.Done("");
    }

    private static ToolResult Delete(LabQueue queue, bool isRoot, int handle, string[] rest)
    {
        if (!isRoot)
        {
            return ToolResult.Failed(KernelRefused, "Error: Failed to find qdisc with specified handle.");
        }

        if (queue.Netem is null)
        {
            return ToolResult.Failed(KernelRefused, "Error: Cannot delete qdisc with handle of zero.");
        }

        if (rest.Length > 0 && rest[0] != "netem")
        {
            return ToolResult.Failed(KernelRefused, "Error: Invalid qdisc name: must match existing qdisc.");
        }

        if (handle != 0 && handle != queue.Handle)
        {
            return ToolResult.Failed(KernelRefused, "Error: Invalid handle.");
        }

        queue.Remove();
        return ToolResult.Done("");
    }

    /// <summary>The words up to the kind of queue.</summary>
    private static ToolResult? ReadPlace(string[] words, out string? device, out int handle, out bool isRoot, out string[] rest)
    {
        (device, handle, isRoot, rest) = (null, 0, false, []);
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (word is "dev" or "handle" or "parent" && ++i == words.Length)
            {
                return NotComplete();
            }

            switch (word)
            {
                case "dev":
                    device = words[i];
                    break;
                case "handle" when !int.TryParse(words[i].Split(':')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out handle) || handle is < 1 or > 0xFFFF:
                    return ToolResult.Failed(1, $"Error: argument \"{words[i]}\" is wrong: invalid qdisc ID");
                case "handle":
                    break;
                case "parent":
                    return ToolResult.Failed(KernelRefused, "Error: Failed to find specified qdisc.");
                case "root" when isRoot:
                    return ToolResult.Failed(1, "Error: \"root\" is duplicate parent ID");
                case "root":
                    isRoot = true;
                    break;
                default:
                    rest = words[i..];
                    return null;
            }
        }

        return null;
    }
}
