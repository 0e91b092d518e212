using System.Text.Json;

namespace Finwait.Lab.Tests;

/// <summary>One step of a golden run.</summary>
internal sealed record GoldenStep(int Number, string Host, string Call, string Result, IReadOnlyDictionary<string, int> LastFrame);

/// <summary>What the real kernel and the real tools did in one experiment.</summary>
internal sealed class GoldenRun
{
    private GoldenRun(string name, IReadOnlyList<GoldenStep> steps)
    {
        Name = name;
        Steps = steps;
    }

    public string Name { get; }

    public IReadOnlyList<GoldenStep> Steps { get; }

    /// <summary>Hosts that a capture was taken on.</summary>
    public IEnumerable<string> Captured => new[] { "romeo", "juliet" }.Where(host => File.Exists(GoldenFiles.Path(Name, host + ".pcap")));

    public byte[] Capture(string host) => File.ReadAllBytes(GoldenFiles.Path(Name, host + ".pcap"));

    /// <summary>What the tools printed on a host after a step: command and output; empty if they did not run.</summary>
    public IReadOnlyList<(string Command, string[] Output)> Tools(int step, string host)
    {
        string path = GoldenFiles.Path(Name, "steps", $"{step:00}.{host}.txt");
        var sections = new List<(string, string[])>();
        if (!File.Exists(path))
        {
            return sections;
        }

        string? command = null;
        var lines = new List<string>();
        foreach (string line in File.ReadAllText(path).TrimEnd('\n').Split('\n').Append("$ "))
        {
            if (!line.StartsWith("$ ", StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (command is not null)
            {
                sections.Add((command, lines.ToArray()));
            }

            command = line[2..];
            lines.Clear();
        }

        return sections;
    }

    public static GoldenRun Read(string name)
    {
        using var json = JsonDocument.Parse(GoldenFiles.Text(name, "steps.json"));
        var steps = new List<GoldenStep>();
        var last = new Dictionary<string, int> { ["romeo"] = 0, ["juliet"] = 0 };
        foreach (JsonElement step in json.RootElement.GetProperty("steps").EnumerateArray())
        {
            foreach (JsonProperty frames in step.GetProperty("frames").EnumerateObject())
            {
                if (frames.Value.ValueKind == JsonValueKind.Array)
                {
                    last[frames.Name] = frames.Value[1].GetInt32();
                }
            }

            steps.Add(new GoldenStep(
                step.GetProperty("n").GetInt32(), step.GetProperty("host").GetString()!, step.GetProperty("call").GetString()!, step.GetProperty("result").GetString()!, new Dictionary<string, int>(last)));
        }

        return new GoldenRun(name, steps);
    }
}
