namespace Dendrite.Signals.Edf;

/// <summary>
/// The subfields of an EDF+ patient identification; null where the file has an X, the mark for unknown.
/// </summary>
/// <param name="Code">How the patient is known to the hospital.</param>
/// <param name="Sex">F or M.</param>
/// <param name="BirthDate">As it stands, dd-MMM-yyyy.</param>
/// <param name="Name">Spaces, which the file replaces by underscores, restored.</param>
public sealed record EdfPatient(string? Code, string? Sex, string? BirthDate, string? Name)
{
    /// <summary>Splits the field at its spaces; subfields that are not there are null. Never fails.</summary>
    public static EdfPatient Parse(string patient)
    {
        string[] parts = patient.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? Part(int index) => index < parts.Length && parts[index] != "X" ? parts[index] : null;
        return new(Part(0), Part(1), Part(2), Part(3)?.Replace('_', ' '));
    }
}
