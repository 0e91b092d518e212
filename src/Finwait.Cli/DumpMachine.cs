using System.Globalization;
using Finwait.Inspect;
using Finwait.Wire;

namespace Finwait.Cli;

/// <summary>What <c>finwait dump</c> asks of the machine it runs on: its zone, the hosts it knows by name, its interfaces.</summary>
internal static class DumpMachine
{
    /// <summary>The changes of this machine's zone in the years a capture can name.</summary>
    public static List<ZoneChange> LocalZone()
    {
        const int DaysUntil2038 = 24855;
        TimeZoneInfo zone = TimeZoneInfo.Local;
        var changes = new List<ZoneChange>();
        int OffsetAt(long seconds) => (int)zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(seconds)).TotalSeconds;
        long before = 0;
        changes.Add(new ZoneChange(before, OffsetAt(before)));
        for (long day = 1; day <= DaysUntil2038; day++)
        {
            long after = day * 86400;
            int offset = OffsetAt(after);
            if (offset != changes[^1].OffsetSeconds)
            {
                long low = before;
                long high = after;
                while (high - low > 1)
                {
                    long middle = (low + high) / 2;
                    (low, high) = OffsetAt(middle) == offset ? (low, middle) : (middle, high);
                }

                changes.Add(new ZoneChange(high, offset));
            }

            before = after;
        }

        return changes.Count == 1 && changes[0].OffsetSeconds == 0 ? [] : changes;
    }

    /// <summary>The names of the hosts file, the first of each line; no name server is asked.</summary>
    public static Dictionary<IpAddress, string> ReadHosts()
    {
        const string HostsFile = "/etc/hosts";
        var names = new Dictionary<IpAddress, string>();
        if (!File.Exists(HostsFile))
        {
            return names;
        }

        try
        {
            foreach (string line in File.ReadLines(HostsFile))
            {
                string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 2 && IpAddress.TryParse(words[0], out IpAddress address))
                {
                    names.TryAdd(address, words[1]);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return names;
        }

        return names;
    }

    /// <summary>The names of this machine's interfaces by their numbers; a capture made elsewhere has others, of which the command warns.</summary>
    public static Dictionary<int, string> InterfaceNames()
    {
        const string Interfaces = "/sys/class/net";
        var names = new Dictionary<int, string>();
        if (!Directory.Exists(Interfaces))
        {
            return names;
        }

        try
        {
            foreach (string folder in Directory.EnumerateDirectories(Interfaces))
            {
                string file = Path.Combine(folder, "ifindex");
                if (File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                {
                    names[index] = Path.GetFileName(folder);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return names;
        }

        return names;
    }
}
