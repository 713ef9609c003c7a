using System.Text;
using FastBond.Configuration.Netplan;

namespace FastBond.Configuration;

/// <summary>A file's name and what stands in it.</summary>
internal sealed record SourceText(string File, string Text);

/// <summary>Configurations as files: one, or a directory of <c>*.yaml</c>, merged in the order of their names.</summary>
internal static class ConfigurationFiles
{
    private const int UsualBytes = 1 << 14;
    private const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a configuration file or directory.</summary>
    public static ConfigurationReading Read(string path)
    {
        Draft draft = new();
        List<SourceText> sources = [];
        foreach (string file in FilesOf(path, draft))
        {
            if (TryReadText(file, draft) is { } text)
            {
                sources.Add(new SourceText(file, text));
            }
        }

        return Read(sources, draft);
    }

    /// <summary>Reads configuration texts, later ones over earlier ones.</summary>
    public static ConfigurationReading Read(IEnumerable<SourceText> sources, Draft? into = null)
    {
        Draft draft = into ?? new Draft();
        NetplanReader reader = new(draft);
        foreach (SourceText source in sources)
        {
            reader.Read(source);
        }

        reader.Finish();
        return draft.Finish();
    }

    /// <summary>A file's text; null, with the reason told, if it can't be read or is no text.</summary>
    public static string? TryReadText(string file, Draft draft)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            ReadOnlySpan<byte> bytes = ReadAll(stream);
            if (bytes.Length <= MaxBytes)
            {
                return Utf8.GetString(bytes).TrimStart('\ufeff');
            }

            draft.Fail(new Place(file, 0), $"too long; expected at most {MaxBytes >> 10} KiB");
        }
        catch (DecoderFallbackException)
        {
            draft.Fail(new Place(file, 0), "not text; expected UTF-8");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            draft.Fail(new Place(file, 0), failure is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : failure.Message);
        }

        return null;
    }

    /// <summary>
    /// Reads to the end, or until it is too much. Not measured before: it may be a pipe. Not into one array for the longest file either: arrays of
    /// that size bring on collections of the whole heap, which the poll cores wait for.
    /// </summary>
    private static ReadOnlySpan<byte> ReadAll(FileStream stream)
    {
        byte[] bytes = new byte[UsualBytes];
        int length = 0;
        while (true)
        {
            length += stream.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
            if (length < bytes.Length || length > MaxBytes)
            {
                return bytes.AsSpan(0, length);
            }

            Array.Resize(ref bytes, bytes.Length * 2);
        }
    }

    private static string[] FilesOf(string path, Draft draft)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        try
        {
            string[] files = Directory.GetFiles(path, "*.yaml");
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            draft.Fail(new Place(path, 0), failure.Message);
            return [];
        }
    }
}
