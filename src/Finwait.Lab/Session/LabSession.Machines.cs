using System.Globalization;
using Finwait.Inspect;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>The lab's commands about what its machines are, and about the states they went through.</content>
public sealed partial class LabSession
{
    /// <summary>What <c>msl</c> takes.</summary>
    private static readonly TimeSpan s_shortestLifetime = TimeSpan.FromMilliseconds(1), s_longestLifetime = TimeSpan.FromHours(1);

    private LabVerdict ChangePersonality(string[] words)
    {
        if (words.Length != 3 || Host(words[1]) is not { } host || !LabPersonality.Apply(host.Stack.Settings, words[2].ToLowerInvariant()))
        {
            return Complain($"which host, and what is it to be? personality romeo macos; there are {string.Join(" and ", LabPersonality.Names)} for {string.Join(", ", MachineNames)}");
        }

        host.EndsNetcatWithPeer = LabPersonality.EndsNetcatWithPeer(words[2].ToLowerInvariant());
        return LabVerdict.Done;
    }

    /// <summary>Sets the initial sequence number of a host's next connection.</summary>
    private LabVerdict SetInitialSequence(string[] words)
    {
        if (words.Length != 3 || Host(words[1]) is not { } host || !uint.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            return Complain($"which host, and which number? isn romeo 4255483971 gives the next connection of romeo that initial sequence number, 0 to {uint.MaxValue}");
        }

        host.Stack.NextInitialSequence = new SeqNum(number);
        return LabVerdict.Done;
    }

    /// <summary>Sets how long a segment may live, MSL (RFC 9293 §3.4.2), and with it how long connections stay in TIME-WAIT from now on: Linux has it fixed, at half a minute.</summary>
    private LabVerdict SetSegmentLifetime(string[] words)
    {
        LabHost? host = words.Length == 3 ? Host(words[1]) : null;
        if (words.Length is < 2 or > 3 || (words.Length == 3 && host is null) || !DurationText.TryParse(words[^1], out TimeSpan lifetime) || lifetime < s_shortestLifetime || lifetime > s_longestLifetime)
        {
            return Complain($"how long may a segment live? msl 30s, as on Linux, lets TIME-WAIT last a minute; msl 2min is what RFC 9293 has; msl {HostNames[0]} 5s is for {HostNames[0]} alone; 1ms to 1h");
        }

        foreach (LabHost each in host is null ? _machines : [host])
        {
            each.Stack.Settings.Tcp.TimeWait = lifetime * 2;
        }

        return LabVerdict.Done;
    }

    /// <summary>Prints the states that the connections of the run went through.</summary>
    private LabVerdict Transitions(string[] words)
    {
        bool onlyTeardown = words is [_, "teardown"];
        if (words.Length > 1 && !onlyTeardown)
        {
            return Complain($"transitions stands alone, or as transitions teardown: what is '{words[1]}'?");
        }

        IReadOnlyList<string> table = new RunDrawings(Record()).Transitions(onlyTeardown);
        if (table.Count == 0)
        {
            Note(onlyTeardown ? "no connection has begun to close yet" : "no TCP socket has changed its state yet");
        }

        foreach (string line in table)
        {
            Note(line);
        }

        return LabVerdict.Done;
    }
}
