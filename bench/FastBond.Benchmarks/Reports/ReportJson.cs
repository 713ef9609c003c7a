using System.Text.Json;

namespace FastBond.Benchmarks.Reports;

/// <summary>A report for programs: what the Markdown says, with all digits.</summary>
internal static class ReportJson
{
    public static byte[] Of(Report report)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("verb", report.Verb);
            json.WriteString("title", report.Title);
            json.WriteStartObject("machine");
            json.WriteString("date", report.Facts.Date);
            json.WriteString("cpu", report.Facts.Cpu);
            json.WriteString("cpus", report.Facts.Cpus);
            json.WriteString("isolated", report.Facts.Isolated);
            json.WriteString("kernel", report.Facts.Kernel);
            json.WriteString("runtime", report.Facts.Runtime);
            json.WriteString("load", report.Facts.Load);
            json.WriteEndObject();
            json.WriteStartArray("notes");
            report.Notes.ForEach(json.WriteStringValue);
            json.WriteEndArray();
            json.WriteStartArray("tables");
            report.Tables.ForEach(table => Write(table, json));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void Write(ReportTable table, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("title", table.Title);
        json.WriteString("unit", table.Unit);
        json.WriteString("peer", table.Peer);
        json.WriteStartArray("rows");
        foreach (Row row in table.Rows)
        {
            json.WriteStartObject();
            for (int i = 0; i < table.Keys.Length; i++)
            {
                json.WriteString(table.Keys[i], row.Keys[i]);
            }

            Write("ours", row.Ours, json);
            Write("peer", row.Peer, json);
            Write("ratio", row.Ratio, json);
            if (row.Target is { } target)
            {
                json.WriteString("target", target.Text);
                json.WriteBoolean("met", target.Met);
            }

            for (int i = 0; i < table.More.Length; i++)
            {
                json.WriteNumber(table.More[i], row.More[i]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(string name, Stat? stat, Utf8JsonWriter json)
    {
        if (stat is { } value)
        {
            json.WriteStartObject(name);
            json.WriteNumber("median", value.Median);
            json.WriteNumber("min", value.Min);
            json.WriteNumber("max", value.Max);
            json.WriteEndObject();
        }
    }
}
