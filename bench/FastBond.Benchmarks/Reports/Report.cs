namespace FastBond.Benchmarks.Reports;

/// <summary>What one verb has measured; printed, and left as Markdown, JSON and pictures.</summary>
/// <param name="verb">The verb; also the files' name.</param>
/// <param name="title">What it measures, one line.</param>
internal sealed class Report(string verb, string title)
{
    public string Verb => verb;

    public string Title => title;

    /// <summary>Of when it was made.</summary>
    public MachineFacts Facts { get; } = MachineFacts.Read();

    /// <summary>How to read the figures, and what was left out and why; a line each.</summary>
    public List<string> Notes { get; } = [];

    public List<ReportTable> Tables { get; } = [];

    /// <summary>Adds an empty table.</summary>
    public ReportTable Add(ReportTable table)
    {
        Tables.Add(table);
        return table;
    }

    /// <summary>Writes <c>VERB.md</c>, <c>VERB.json</c> and a picture for each table into a folder, which is made.</summary>
    public void Write(string folder)
    {
        folder = Directory.CreateDirectory(folder).FullName;
        string stem = Path.Combine(folder, verb);
        using (StreamWriter markdown = new(stem + ".md"))
        {
            ReportText.Write(this, markdown);
        }

        File.WriteAllBytes(stem + ".json", ReportJson.Of(this));
        ReportPlot.Draw(this, folder);
    }
}
