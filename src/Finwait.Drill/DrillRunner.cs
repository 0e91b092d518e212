namespace Finwait.Drill;

/// <summary>Runs scripts in packetdrill's language on a host in virtual time.</summary>
public static class DrillRunner
{
    /// <summary>Runs one script. Whatever the text, the answer is a result: nothing is thrown.</summary>
    /// <param name="file">Its name, for the messages.</param>
    /// <param name="text">The script.</param>
    /// <param name="options">How to run it.</param>
    public static DrillResult Run(string file, string text, DrillOptions options)
    {
        DrillRun? run = null;
        try
        {
            DrillScript script = ScriptParser.Parse(Definitions.Replace(text, options));
            run = new DrillRun(script, Configure(script, options), options);
            run.Run();
            return new DrillResult(file, DrillOutcome.Ok, 0, "", run.Log);
        }
        catch (DrillFault fault)
        {
            return new DrillResult(file, DrillOutcome.Failed, fault.Line, fault.Message, run?.Log ?? []);
        }
        catch (DrillNeed need)
        {
            return new DrillResult(file, DrillOutcome.Skipped, need.Line, need.Message, run?.Log ?? []);
        }
    }

    /// <summary>What is wrong with one of <see cref="DrillOptions.Settings"/>; null if nothing is.</summary>
    /// <param name="setting">As packetdrill's command line takes it, without the two hyphens.</param>
    public static string? CheckSetting(string setting)
    {
        try
        {
            Apply(new DrillConfig(), setting);
            return null;
        }
        catch (DrillFault fault)
        {
            return fault.Message;
        }
        catch (DrillNeed need)
        {
            return $"{need.Message} is not supported";
        }
    }

    private static void Apply(DrillConfig config, string setting)
    {
        int equals = setting.IndexOf('=');
        config.Apply(0, equals < 0 ? setting : setting[..equals], equals < 0 ? "" : setting[(equals + 1)..]);
    }

    private static DrillConfig Configure(DrillScript script, DrillOptions options)
    {
        var config = new DrillConfig();
        foreach (string setting in options.Settings)
        {
            Apply(config, setting);
        }

        foreach ((int line, string name, string value) in script.Options)
        {
            config.Apply(line, name, value);
        }

        config.Finish();
        return config;
    }
}
