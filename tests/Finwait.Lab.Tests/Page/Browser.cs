using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>A real browser without a window, driven over its DevTools protocol on the loopback interface.</summary>
public sealed partial class Browser : IAsyncLifetime
{
    private static readonly string[] s_programs = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("finwait-page-");
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonObject> _events = [];
    private Process? _process;
    private int _lastId;

    /// <summary>The browser of this machine; null if there is none.</summary>
    public static string? Program { get; } = s_programs.FirstOrDefault(IsThere);

    /// <summary>A folder for pages; removed in the end.</summary>
    public string Folder => _folder.FullName;

    public async Task InitializeAsync()
    {
        if (Program is null)
        {
            return; // its tests are skipped
        }

        string[] arguments =
        [
            "--headless", "--remote-debugging-port=0", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--user-data-dir=" + Path.Combine(Folder, "profile"),
            .. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(), "about:blank",
        ];
        _process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string said = "";
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (Listening().Match(line) is { Success: true } match)
            {
                _ = _process.StandardError.ReadToEndAsync(); // so that it never waits for a reader
                await _socket.ConnectAsync(new Uri(match.Groups[1].Value), CancellationToken.None);
                return;
            }
        }

        throw new InvalidOperationException($"{Program} ended before it could be driven:\n{said}");
    }

    public async Task DisposeAsync()
    {
        _socket.Dispose();
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Opens a window of its own.</summary>
    public async Task<BrowserPage> NewPage(int width = 1400, int height = 900)
    {
        JsonObject target = await Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, null);
        JsonObject attached = await Call("Target.attachToTarget", new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }, null);
        var page = new BrowserPage(this, (string)attached["sessionId"]!);
        await page.Prepare(width, height);
        return page;
    }

    /// <summary>Calls a method of the protocol and takes its result.</summary>
    internal async Task<JsonObject> Call(string method, JsonObject parameters, string? session)
    {
        int id = ++_lastId;
        var request = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
        {
            request["sessionId"] = session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(request), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            JsonObject message = await Receive();
            if ((int?)message["id"] == id)
            {
                return message["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : (JsonObject)message["result"]!;
            }

            _events.Add(message);
        }
    }

    /// <summary>Waits for an event that has not been taken yet.</summary>
    internal async Task Await(string name, string session)
    {
        while (!_events.Exists(e => Is(e, name, session)))
        {
            _events.Add(await Receive());
        }

        _events.RemoveAll(e => Is(e, name, session));
    }

    /// <summary>Events of a kind so far.</summary>
    internal IEnumerable<JsonObject> Events(string name, string session) => _events.Where(e => Is(e, name, session)).Select(e => (JsonObject)e["params"]!);

    private static bool Is(JsonObject message, string name, string session) => (string?)message["method"] == name && (string?)message["sessionId"] == session;

    private async Task<JsonObject> Receive()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // a browser that hangs ends the test, not the machine
        var text = new ArrayBufferWriter<byte>();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(text.GetMemory(1 << 16), patience.Token);
            text.Advance(part.Count);
        }
        while (!part.EndOfMessage);
        return (JsonObject)JsonNode.Parse(text.WrittenSpan)!;
    }

    private static bool IsThere(string program)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    [GeneratedRegex("DevTools listening on (ws://\\S+)")]
    private static partial Regex Listening();
}

/// <summary>A window of a <see cref="Browser"/>.</summary>
public sealed class BrowserPage
{
    private readonly Browser _browser;
    private readonly string _session;

    internal BrowserPage(Browser browser, string session) => (_browser, _session) = (browser, session);

    internal async Task Prepare(int width, int height)
    {
        foreach (string domain in (string[])["Page", "Runtime", "Network", "Log"])
        {
            await Call(domain + ".enable");
        }

        await Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await Like("light");
    }

    /// <summary>What was asked for over the network or from files, but for the page itself.</summary>
    public IReadOnlyList<string> Requests(string page) => [.. _browser.Events("Network.requestWillBeSent", _session).Select(e => (string)e["request"]!["url"]!).Where(url => url != page)];

    /// <summary>What went wrong: exceptions, and what the page's policy stopped.</summary>
    public IReadOnlyList<string> Complaints() => [.. _browser.Events("Runtime.exceptionThrown", _session).Concat(_browser.Events("Log.entryAdded", _session)).Select(e => e.ToJsonString())];

    /// <summary>Writes a page into a file and opens it.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> Show(string html, string fragment = "")
    {
        string file = Path.Combine(_browser.Folder, Guid.NewGuid().ToString("N") + ".html");
        await File.WriteAllTextAsync(file, html);
        string address = new Uri(file).AbsoluteUri;
        await Call("Page.navigate", new JsonObject { ["url"] = address + fragment });
        await _browser.Await("Page.loadEventFired", _session);
        return address;
    }

    /// <summary>How the reader likes pages. Nothing glides: a click must find its target where it is.</summary>
    public Task Like(string scheme) => Call("Emulation.setEmulatedMedia", new JsonObject
    {
        ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }, new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" }),
    });

    public Task WithoutScripts() => Call("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = true });

    /// <summary>The value of an expression, as text.</summary>
    public async Task<string> Ask(string expression)
    {
        JsonObject answer = await Call("Runtime.evaluate", new JsonObject { ["expression"] = $"String({expression})", ["returnByValue"] = true });
        return answer["exceptionDetails"] is { } wrong ? throw new InvalidOperationException($"{expression}: {wrong.ToJsonString()}") : (string)answer["result"]!["value"]!;
    }

    /// <summary>Gives the one element of this text the id "wanted".</summary>
    public Task Mark(string selector, string text) => Ask($"(() => {{ document.getElementById('wanted')?.removeAttribute('id'); [...document.querySelectorAll({JsonSerializer.Serialize(selector)})].find(e => e.textContent === {JsonSerializer.Serialize(text)}).id = 'wanted'; }})()");

    /// <summary>Waits for a promise.</summary>
    public Task Do(string promise) => Call("Runtime.evaluate", new JsonObject { ["expression"] = promise, ["awaitPromise"] = true });

    /// <summary>Presses a key and lets go of it.</summary>
    public async Task Press(string key)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            await Call("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key, ["text"] = type == "keyDown" && key.Length == 1 ? key : "" });
        }
    }

    /// <summary>Clicks in the middle of an element, where the pointer really meets it.</summary>
    public async Task Click(string selector)
    {
        string place = await Ask($"(() => {{ const e = document.querySelector({JsonSerializer.Serialize(selector)}); e.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }}); const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})()");
        double[] at = [.. place.Split(',').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
        foreach (string type in (string[])["mouseMoved", "mousePressed", "mouseReleased"])
        {
            await Call("Input.dispatchMouseEvent", new JsonObject { ["type"] = type, ["x"] = at[0], ["y"] = at[1], ["button"] = type == "mouseMoved" ? "none" : "left", ["clickCount"] = type == "mouseMoved" ? 0 : 1 });
        }
    }

    private Task<JsonObject> Call(string method, JsonObject? parameters = null) => _browser.Call(method, parameters ?? [], _session);
}

/// <summary>A test that drives a real browser; skipped, with the reason, where there is none. In CI a skipped test makes the run fail.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserTheoryAttribute.Absence!;
}

/// <summary>The same with several rows.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public const string Missing = "no browser here to drive: chromium-headless-shell or chromium";

    public BrowserTheoryAttribute() => Skip = Absence!;

    public static string? Absence => Browser.Program is null ? Missing : null;
}
