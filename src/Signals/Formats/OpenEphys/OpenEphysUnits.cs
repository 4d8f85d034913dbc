namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// What <c>bitVolts</c> counts where no file says: microvolts of electrodes, and volts of the board's analogue inputs
/// and a headstage's auxiliary ones, which are told by their names.
/// </summary>
internal static class OpenEphysUnits
{
    public static string Of(string channel) =>
        channel.StartsWith("ADC", StringComparison.OrdinalIgnoreCase)
        || channel.StartsWith("AUX", StringComparison.OrdinalIgnoreCase)
            ? "V"
            : "uV";
}
