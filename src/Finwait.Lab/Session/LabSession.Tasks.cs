using System.Globalization;
using Finwait.Inspect;

namespace Finwait.Lab;

/// <content>The questions of the lab report: asked by <c>tasks</c>, answered by <c>answer</c>, checked against the run.</content>
public sealed partial class LabSession
{
    private const int MaxAnswer = 4096;

    /// <summary>What the exercise and the examples of help have: servers listen on this port, and all addresses begin so.</summary>
    private const int UsualPort = 4000;
    private const string UsualNet = "10.10.";

    private readonly SortedDictionary<int, RunTaskResult> _answers = [];

    /// <summary>The last answer to each question that was answered, by its number.</summary>
    public IReadOnlyDictionary<int, RunTaskResult> Answers => _answers;

    /// <summary>The port of the servers that answers may be about, 1 to 65535. 4000 stands for any: only a student's lab has a port of its own.</summary>
    public int ServerPort { get; private set; } = UsualPort;

    /// <summary>How addresses of this lab begin.</summary>
    private string _net = UsualNet;

    private bool IsStudents => ServerPort != UsualPort;

    /// <summary>A text with examples, about the addresses and the port of this lab: those of a student, where the text has those of the exercise.</summary>
    public string Own(string text) => !IsStudents ? text : text.Replace(UsualNet, _net, StringComparison.Ordinal).Replace(UsualPort.ToString(CultureInfo.InvariantCulture), ServerPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>
    /// A lab with addresses, sequence numbers, client ports and a server's port of one student: romeo is 10.N.1.100 and juliet 10.N.2.100, and the server listens on <see cref="ServerPort"/>. The same name,
    /// whatever its case, gives the same lab, so that answers can be checked by running them again, and a script of another student finds no juliet, or has a server on a wrong port.
    /// </summary>
    /// <param name="student">The name; not empty.</param>
    public static LabSession ForStudent(string student)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(student);
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char c in student.Trim().ToUpperInvariant())
        {
            hash = (hash ^ c) * 0x0000_0100_0000_01B3;
        }

        hash ^= hash >> 29;
        string net = string.Create(CultureInfo.InvariantCulture, $"10.{11 + (hash % 240)}");
        string json = $$"""
            { "hosts": [ { "name": "romeo", "interfaces": { "eth1": "{{net}}.1.100/24" }, "gateway": "{{net}}.1.1" },
                         { "name": "juliet", "interfaces": { "eth1": "{{net}}.2.100/24" }, "gateway": "{{net}}.2.1" } ],
              "routers": [ { "name": "router", "interfaces": { "eth1": "{{net}}.1.1/24", "eth2": "{{net}}.2.1/24" } } ],
              "links": [ { "between": ["romeo", "router:eth1"] }, { "between": ["router:eth2", "juliet"] } ] }
            """;
        LabSession session = FromTopology(json, hash, out string error) ?? throw new InvalidOperationException(error);
        (session._net, session.ServerPort) = (net + ".", PortOf(hash));
        return session;
    }

    /// <summary>A port from 12000 to 15999: no service has one there, so no tool prints a name instead, and no client gets one by itself.</summary>
    private static int PortOf(ulong hash) => 12_000 + (int)((hash >> 16) % 4_000);

    private LabVerdict Tasks()
    {
        Note(Description);
        if (IsStudents)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"your server is juliet, port {ServerPort}; answers count for connections to it"));
        }

        for (int i = 0; i < RunTasks.Questions.Count; i++)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"{i + 1} {(_answers.TryGetValue(i + 1, out RunTaskResult? given) ? given.IsRight ? "(right) " : "(not yet right) " : "")}{RunTasks.Questions[i]}"));
        }

        Note("answer 7 3 4 names packets 3 and 4 as ladder counts them, answer 7 romeo:5 romeo:6 those of romeo's capture; states and calls are named by their names");
        return LabVerdict.Done;
    }

    private LabVerdict Answer(string text, string[] words)
    {
        if (words.Length < 3 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1 || number > RunTasks.Questions.Count || text.Length > MaxAnswer)
        {
            return Complain($"which question, and what shows it? answer 7 3 4 names packets 3 and 4 for question 7; tasks lists the questions, 1 to {RunTasks.Questions.Count}");
        }

        if (IsStudents && !HasOwnNetwork)
        {
            return Complain($"answers count in the network of the student: network {OwnNetwork} goes back to it");
        }

        RunTaskResult result = RunTasks.Check(Record(), number, string.Join(' ', words[2..]), IsStudents ? ServerPort : 0);
        _answers[number] = result;
        Note(string.Create(CultureInfo.InvariantCulture, $"answer {number} is {(result.IsRight ? "right" : "not right yet")}: {result.Reason}"));
        return LabVerdict.Done;
    }
}
