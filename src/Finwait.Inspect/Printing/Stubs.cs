namespace Finwait.Inspect;

internal static class DomainPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> payload, int length, bool overTcp) { return true; } }
internal static class TelnetPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> payload, int length) { return true; } }
internal static class PppPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> payload, int length) { return true; } }
internal static class LlcPrinter { public static bool PrintFrame(PrintContext context, ReadOnlySpan<byte> payload, int length, ReadOnlySpan<byte> frame) { return true; } }
internal static class MptcpPrinter { public static OptionsEnd Print(PrintContext context, ref OptionValue value, byte flags) { value.Step(value.Length); return OptionsEnd.Whole; } }
internal static class Ipv4OptionsPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> options, int length) { return true; } }
