using System.Globalization;
using Finwait.Inspect;

namespace Finwait.Lab;

/// <content>The questions of the lab report: asked by <c>tasks</c>, answered by <c>answer</c>, checked against the run.</content>
public sealed partial class LabSession
{
    private const int MaxAnswer = 4096;

    private readonly SortedDictionary<int, RunTaskResult> _answers = [];

    /// <summary>The last answer to each question that was answered, by its number.</summary>
    public IReadOnlyDictionary<int, RunTaskResult> Answers => _answers;

    /// <summary>
    /// A lab with addresses, sequence numbers and client ports of one student: romeo is 10.N.1.100 and juliet 10.N.2.100. The same name, whatever its case, gives the same lab, so that answers
    /// can be checked by running them again, and a script of another student finds no juliet.
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
        return FromTopology(json, hash, out string error) ?? throw new InvalidOperationException(error);
    }

    private LabVerdict Tasks()
    {
        Note(Description);
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

        RunTaskResult result = RunTasks.Check(Record(), number, string.Join(' ', words[2..]));
        _answers[number] = result;
        Note(string.Create(CultureInfo.InvariantCulture, $"answer {number} is {(result.IsRight ? "right" : "not right yet")}: {result.Reason}"));
        return LabVerdict.Done;
    }
}
