using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Drill;

/// <summary>One script on one host: goes through its events and moves the host's clock from one to the next.</summary>
internal sealed partial class DrillRun
{
    /// <summary>The host's clock when the script begins: no time of a script is then the host's zero.</summary>
    private static readonly TimeSpan s_began = TimeSpan.FromSeconds(10);

    /// <summary>How long an expected packet is waited for behind its time, to tell when it came instead.</summary>
    private const long PatienceMicroseconds = 120_000_000;

    private readonly DrillScript _script;
    private readonly DrillOptions _options;
    private readonly DrillConfig _config;
    private readonly PacketPort _port;
    private readonly CallRunner _calls;
    private readonly CodeRunner _code;
    private readonly List<string> _log = [];

    public DrillRun(DrillScript script, DrillConfig config, DrillOptions options)
    {
        _script = script;
        _options = options;
        _config = config;
        HostSettings settings = Personalities.Make(options);
        _port = new PacketPort(settings, config.Mtu);
        _port.AddAddress(config.Local, config.PrefixLength);
        _port.AdvanceTo(Instant.Zero + s_began);
        _calls = new CallRunner(_port, config, this);
        _code = new CodeRunner(_log);
    }

    public IReadOnlyList<string> Log => _log;

    /// <summary>Microseconds of script time.</summary>
    public long Now => ToScript(_port.Now);

    public static long ToScript(Instant time) => (time.SinceStart - s_began).Ticks / TimeSpan.TicksPerMicrosecond;

    public static Instant ToHost(long microseconds) => Instant.Zero + s_began + TimeSpan.FromMicroseconds(microseconds);

    /// <exception cref="DrillFault">The script fails.</exception>
    /// <exception cref="DrillNeed">The script needs what this host has not.</exception>
    public void Run()
    {
        foreach (string command in _config.InitCommands)
        {
            new ShellRunner(_port).Run(0, command);
        }

        foreach ((int line, string command) in _script.Init)
        {
            new ShellRunner(_port).Run(line, command);
        }

        foreach (DrillEvent e in _script.Events)
        {
            Run(e);
        }

        _calls.FinishPending();
        if (_options.IsStrict && TryNextPacket(out LivePacket? surplus))
        {
            DrillEvent last = _script.Events[^1];
            throw new DrillFault(last.Line, $"the script ends here, but there is one more packet\nactual packet: {Stamp(surplus.Time)} {surplus.Show(FlowOf(surplus))}");
        }
    }

    private void Run(DrillEvent e)
    {
        long start = Now;
        long time = e.TimeKind switch
        {
            DrillTimeKind.Absolute or DrillTimeKind.AbsoluteRange => e.Time,
            DrillTimeKind.Any => start,
            _ => start + e.Time,
        };
        if (e.TimeKind == DrillTimeKind.Absolute && time < start - _config.ToleranceMicroseconds)
        {
            throw new DrillFault(e.Line, $"timing error: the event is at {Seconds(time)} sec but it is {Seconds(start)} sec already; tolerance {Seconds(_config.ToleranceMicroseconds)} sec");
        }

        if (e.Action is PacketAction { IsInbound: false } expected)
        {
            long end = e.TimeKind is DrillTimeKind.AbsoluteRange or DrillTimeKind.RelativeRange ? time + (e.TimeEnd - e.Time) : time;
            Expect(e, expected, time, end);
            return;
        }

        if (e.TimeKind is not (DrillTimeKind.Absolute or DrillTimeKind.Relative))
        {
            throw new DrillFault(e.Line, "only an expected packet can have a range of times, or any time");
        }

        Advance(time);
        switch (e.Action)
        {
            case PacketAction inbound:
                Inject(e, inbound);
                break;
            case CallAction call:
                Note(e.Line, $"call {call.Name}");
                _calls.Run(e.Line, call, e.CallEnd < 0 ? -1 : e.TimeKind == DrillTimeKind.Relative ? start + e.CallEnd : e.CallEnd);
                break;
            case CommandAction command:
                Note(e.Line, "command");
                new ShellRunner(_port).Run(e.Line, command.Command);
                break;
            case CodeAction code:
                _calls.FinishPending();
                Note(e.Line, "code");
                _code.Run(code, name => TcpInfoFields.Read(_port, _current?.Handle ?? _calls.FirstHandle, name, e.Line));
                break;
        }
    }

    private void Advance(long time)
    {
        Instant at = ToHost(time);
        if (at > _port.Now)
        {
            _port.AdvanceTo(at);
        }
    }

    /// <summary>Runs the host until the call is done or the time has come.</summary>
    public void AdvanceUntilDone(PortCall call, long time)
    {
        Instant limit = ToHost(time);
        while (!call.IsDone && _port.NextDeadline <= limit && !_port.NextDeadline.IsNever)
        {
            _port.AdvanceTo(Instant.Later(_port.NextDeadline, _port.Now));
        }

        if (!call.IsDone)
        {
            Advance(time);
        }
    }

    public void Note(int line, string text)
    {
        if (_options.IsVerbose)
        {
            _log.Add(string.Create(CultureInfo.InvariantCulture, $"{Stamp(Now)} line {line}: {text}"));
        }
    }

    public static string Seconds(long microseconds) => (microseconds / 1e6).ToString("F6", CultureInfo.InvariantCulture);

    private static string Stamp(long microseconds) => Seconds(microseconds).PadLeft(9);
}
