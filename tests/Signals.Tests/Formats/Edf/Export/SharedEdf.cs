namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>Files that other programs wrote.</summary>
public static class SharedEdf
{
    /// <summary>The real EDF and BDF recordings of the shared folder.</summary>
    public static TheoryData<string> Paths =>
        [
            "edf/derived_edfplusD_fractional_onsets.edf",
            "edf/eeg_140ch_edfplusC.edf",
            "edf/eeg_25ch_one_record_fractional.edf",
            "edf/eeg_duplicate_labels.edf",
            "edf/eeg_utf8_annotations_inverted_range.edf",
            "edf/emg_biotrace_latin1_annotations.edf",
            "edf/generator_12ch_600s_edfplusC.edf",
            "edf/hypnogram_sleepedf_SC4001EC.edf",
            "edf/psg_sleepedf_short.edf",
            "edf/uneven_sample_rates.edf",
            "bdf/biosemi_73ch_2048hz.bdf",
            "bdf/eeg_3ch_status_500hz.bdf",
            "bdf/generator_mixed_rates_bdfplusC.bdf",
            "bdf/hypnogram_sleepedf_SC4001EC.bdf",
        ];
}
